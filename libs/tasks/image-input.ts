import type { ImageSpec, ModelHandle } from '#inference';

/** How a model reads images, and by which name. @throws Error at boot when its manifest does not say */
export function imageInput({ ref, manifest }: ModelHandle): { spec: ImageSpec; name: string } {
  const [input] = manifest.graphs['main']?.inputs ?? [];
  if (manifest.image === undefined || input === undefined)
    throw new Error(`${ref} is for images but its manifest says not how to read them`);
  return { spec: manifest.image, name: input.name };
}
