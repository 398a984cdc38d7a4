"""Train a diffusion model: `python -m scripts.train_diffusion configs/generators/ddpm-celeba64.toml --data FOLDER`.

Everything else is as in `scripts.train_gan`.
"""

from scripts.train_gan import train_command

if __name__ == "__main__":
    train_command(__doc__, ("ddpm",))
