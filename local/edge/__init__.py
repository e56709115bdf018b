"""The edge of the embedded cloud: TLS, redirects and DNS on loopback, as CloudFront and Route 53 would have them."""
