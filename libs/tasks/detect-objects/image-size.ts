/**
 * The size of an image by its header, for those who may not decode it: what a tiled photo costs is known at the door.
 *
 * Why not a library: the common one copies the rest of the file at each of its segments, of which a file of 10 MiB may
 * have two million. This reads no pixel, copies nothing, and gives up after `maxSegments`.
 */
export interface StoredSize {
  readonly width: number;
  readonly height: number;
}

/** Profiles and previews of the largest accepted file take 160 segments. */
const maxSegments = 1_000;

/**
 * Pixels as they are stored, before EXIF turns them; undefined where the header cannot be read.
 *
 * @param file a JPEG, PNG or WebP image
 */
export function imageSize(file: Uint8Array): StoredSize | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const size = sizeBy(view);
  return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined;
}

function sizeBy(view: DataView): StoredSize | undefined {
  if (isAt(view, 0, 0xffd8ff, 3)) return jpegSize(view);
  if (isAt(view, 0, 0x89504e47, 4)) return pngSize(view);
  return isAt(view, 8, 0x57454250, 4) ? webpSize(view) : undefined;
}

/** PNG, section 5.3: the header chunk is the first. */
function pngSize(view: DataView): StoredSize | undefined {
  if (!isAt(view, 12, 0x49484452, 4) || view.byteLength < 24) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** ITU-T T.81, annex B: segments up to the frame header, whose markers are C0 to CF but for C4, C8 and CC. */
function jpegSize(view: DataView): StoredSize | undefined {
  let at = 2;
  for (let segment = 0; segment < maxSegments; segment++) {
    while (at + 1 < view.byteLength && view.getUint8(at) !== 0xff) at++;
    while (at + 1 < view.byteLength && view.getUint8(at + 1) === 0xff) at++;
    if (at + 9 > view.byteLength) return undefined;
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    // RST, SOI, TEM and the stuffed zero stand alone; all else begins with its length.
    const alone = (marker >= 0xd0 && marker <= 0xd8) || marker <= 0x01;
    at += alone ? 2 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** RFC 9649: the canvas of an extended file, else the header of the one bitstream. */
function webpSize(view: DataView): StoredSize | undefined {
  if (view.byteLength < 30) return undefined;
  if (isAt(view, 12, 0x56503858, 4)) return { width: 1 + uint24(view, 24), height: 1 + uint24(view, 27) };
  if (isAt(view, 12, 0x5650384c, 4)) {
    const bits = view.getUint32(21, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  }
  if (!isAt(view, 12, 0x56503820, 4)) return undefined;
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}

/** Whether `size` bytes from `at` are those of a number, highest first. */
function isAt(view: DataView, at: number, bytes: number, size: number): boolean {
  if (view.byteLength < at + size) return false;
  for (let index = 0; index < size; index++)
    if (view.getUint8(at + index) !== ((bytes >>> (8 * (size - 1 - index))) & 0xff)) return false;
  return true;
}
