"""IAM: moto's, with the policies that AWS itself manages, each made when it is first named."""
