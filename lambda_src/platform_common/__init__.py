"""What the platform's functions share; travels as a layer. Imports no CDK, and no AWS SDK before the first call."""
