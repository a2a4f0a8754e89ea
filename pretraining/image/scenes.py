"""Pictures for the teacher to look at: crops of permitted photographs, and generated textures, shapes and collages."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

SIDE = 96
# flowers128 has a class of sunflowers; without this picture nobody has to ask whether that mattered.
LEFT_OUT_PHOTOS = {"sunflower.jpg"}

Picture = NDArray[np.float32]


class SceneMaker:
    """Draws RGB pictures of 96 pixels; the same seed gives the same pictures."""

    def __init__(self, data: Path, *, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        photos = [path for path in sorted((data / "photos/images").glob("*.jpg")) if path.name not in LEFT_OUT_PHOTOS]
        self.photos = [Image.open(path).convert("RGB") for path in photos]
        # Every second field of blood cells, halved: they are all alike, and memory is shared.
        cells = sorted((data / "blood_cells_det/images").glob("*.jpg"))[::2]
        self.cells = [Image.open(path).convert("RGB").reduce(2) for path in cells]
        if not self.photos or not self.cells:
            raise SystemExit(f"no pictures below {data}; expected photos/images and blood_cells_det/images there.")

    def draw(self) -> NDArray[np.uint8]:
        """One picture (96, 96, 3)."""
        kind = self.rng.random()
        if kind < 0.5:
            picture = self._crop(self.photos)
        elif kind < 0.58:
            picture = self._crop(self.cells)
        elif kind < 0.7:
            picture = self._draw_texture()
        elif kind < 0.85:
            picture = self._draw_leaves()
        else:
            picture = self._draw_solids()
        if self.rng.random() < 0.2:
            picture = self._paste_over(picture, self._crop(self.photos))
        return self._finish(picture)

    def _crop(self, sources: list[Image.Image]) -> Image.Image:
        """A random rectangle, a twentieth to all of the area, sometimes turned."""
        source = sources[self.rng.integers(len(sources))]
        if self.rng.random() < 0.3:
            source = source.rotate(self.rng.uniform(-25, 25), Image.Resampling.BILINEAR)
        area = np.exp(self.rng.uniform(np.log(0.05), 0)) * source.width * source.height
        aspect = np.exp(self.rng.uniform(-0.3, 0.3))
        width = min(source.width, int(np.sqrt(area * aspect)))
        height = min(source.height, int(np.sqrt(area / aspect)))
        left = int(self.rng.integers(source.width - width + 1))
        top = int(self.rng.integers(source.height - height + 1))
        crop = source.resize((SIDE, SIDE), Image.Resampling.BILINEAR, (left, top, left + width, top + height))
        return crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if self.rng.random() < 0.5 else crop

    def _draw_texture(self) -> Image.Image:
        """Coloured noise with a power-law spectrum, or a sum of bent gratings."""
        frequencies = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE)))
        slope = self.rng.uniform(0.6, 2.2)
        white = self.rng.standard_normal((3, SIDE, SIDE))
        weights = np.maximum(frequencies, 1 / SIDE) ** -slope
        noise = np.fft.ifft2(np.fft.fft2(white) * weights).real
        noise /= noise.std() + 1e-6
        if self.rng.random() < 0.4:
            across, down = np.meshgrid(np.linspace(0, 1, SIDE), np.linspace(0, 1, SIDE))
            angle, rate = self.rng.uniform(0, np.pi), np.exp(self.rng.uniform(1, 3.4))
            phase = across * np.cos(angle) + down * np.sin(angle) + 0.05 * self.rng.random() * noise[0]
            noise = 0.4 * noise + 1.2 * np.sin(2 * np.pi * rate * phase)
        mixing = self.rng.normal(0, 0.12, (3, 3)) + 0.15 * self.rng.random()
        colours = self.rng.uniform(0.2, 0.8, (3, 1, 1)) + np.einsum("cd,dhw->chw", mixing, noise)
        return _to_image(colours.transpose(1, 2, 0))

    def _draw_leaves(self) -> Image.Image:
        """Dead leaves: shapes of power-law size on top of each other, each flat, or filled from a texture or photo."""
        canvas = self._draw_texture()
        for _ in range(self.rng.integers(3, 40)):
            filling = self._make_filling()
            canvas.paste(filling, (0, 0), self._draw_mask(SIDE * 0.5 * self.rng.random() ** 1.5 + 4))
        return canvas

    def _make_filling(self) -> Image.Image:
        if self.rng.random() < 0.7:
            return Image.new("RGB", (SIDE, SIDE), tuple(int(c) for c in self.rng.integers(0, 256, 3)))
        return self._crop(self.photos) if self.rng.random() < 0.6 else self._draw_texture()

    def _draw_mask(self, radius: float) -> Image.Image:
        """An ellipse, a polygon or a smooth blob somewhere in the picture."""
        mask = Image.new("L", (SIDE, SIDE))
        centre = self.rng.uniform(0, SIDE, 2)
        corners = int(self.rng.choice([3, 4, 5, 7, 40]))
        angles = np.linspace(0, 2 * np.pi, corners, endpoint=False) + self.rng.uniform(0, 6)
        wave = 1 + 0.35 * self.rng.random() * np.sin(self.rng.integers(2, 8) * angles + self.rng.uniform(0, 6))
        stretch = np.exp(self.rng.uniform(-0.6, 0.6))
        points = centre + radius * np.stack([np.cos(angles) * stretch, np.sin(angles) / stretch], 1) * wave[:, None]
        ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in points], fill=255)
        return mask

    def _draw_solids(self) -> Image.Image:
        """A few shaded ellipsoids with shadows on a background: light, shade and rims."""
        background = self._crop(self.photos) if self.rng.random() < 0.4 else self._draw_texture()
        canvas = np.asarray(background, dtype=np.float32) / 255
        across, down = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
        light = self.rng.normal(0, 0.6, 3) + np.array([0, 0, 0.8])
        light /= np.linalg.norm(light)
        for _ in range(self.rng.integers(1, 6)):
            x, y = self.rng.uniform(10, SIDE - 10, 2)
            radii = self.rng.uniform(6, 34) * np.exp(self.rng.uniform(-0.4, 0.4, 2))
            turn = self.rng.uniform(0, np.pi)
            u = ((across - x) * np.cos(turn) + (down - y) * np.sin(turn)) / radii[0]
            v = ((down - y) * np.cos(turn) - (across - x) * np.sin(turn)) / radii[1]
            height = np.sqrt(np.maximum(1 - u**2 - v**2, 0))
            shade = 0.25 + 0.75 * np.maximum(u * light[0] + v * light[1] + height * light[2], 0)
            colour = self.rng.uniform(0.1, 1, 3) + 0.15 * (np.sin(u * 9 * self.rng.random() + v * 4) > 0)[..., None]
            inside = np.clip((1 - u**2 - v**2) * 6, 0, 1)[..., None]
            shine = 0.6 * np.maximum(shade - 0.9, 0)[..., None] * self.rng.integers(0, 5)
            canvas = canvas * (1 - inside) + inside * (shade[..., None] * colour + shine)
        return _to_image(canvas)

    def _paste_over(self, below: Image.Image, above: Image.Image) -> Image.Image:
        mask = self._draw_mask(self.rng.uniform(15, 50)).filter(ImageFilter.GaussianBlur(self.rng.uniform(0, 2)))
        return Image.composite(above, below, mask)

    def _finish(self, picture: Image.Image) -> NDArray[np.uint8]:
        """Light, contrast, colour, hue, grey, negative, blur: what cameras and scanners do."""
        rng = self.rng
        if rng.random() < 0.7:
            picture = ImageEnhance.Brightness(picture).enhance(np.exp(rng.normal(0, 0.25)))
            picture = ImageEnhance.Contrast(picture).enhance(np.exp(rng.normal(0, 0.25)))
            picture = ImageEnhance.Color(picture).enhance(np.exp(rng.normal(0, 0.4)))
        if rng.random() < 0.3:
            hue, saturation, value = picture.convert("HSV").split()
            turn = int(rng.integers(256))
            picture = Image.merge("HSV", (hue.point(lambda h: (h + turn) % 256), saturation, value)).convert("RGB")
        if rng.random() < 0.18:
            picture = picture.convert("L").convert("RGB")
        if rng.random() < 0.25:
            picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 2.0)))
        return np.asarray(picture, dtype=np.uint8)


def _to_image(values: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray((np.clip(values, 0, 1) * 255).astype(np.uint8))
