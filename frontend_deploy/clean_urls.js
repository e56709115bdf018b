// CloudFront Function (cloudfront-js-2.0) on viewer requests: pages have addresses without an extension.
// `/` is index.html, `/lists` and `/lists/` are lists.html; whatever has an extension is a file and stays as it is.
// A rewrite, never a redirect: a Location made from the request's path could lead to another host.
function handler(event) {
  var request = event.request;
  var path = request.uri.replace(/\/+$/, "");
  var name = path.substring(path.lastIndexOf("/") + 1);
  if (path === "") {
    request.uri = "/index.html";
  } else if (name.indexOf(".") === -1) {
    request.uri = path + ".html";
  }
  return request;
}
