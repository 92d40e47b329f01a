"""Running networks: device, memory, sessions and inputs."""
