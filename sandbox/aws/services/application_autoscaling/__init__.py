"""What control tells regions of Application Auto Scaling, which is moto's own."""
