"""EC2: moto's, with peering connections and routes that live as AWS's do, across regions."""
