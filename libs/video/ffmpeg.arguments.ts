import { maxVideoDurationS, maxVideoPixels, type VideoSampling } from '#contracts';

/** Containers that hold their own pictures. Playlists (HLS, DASH, concat), which name other files, are none of them. */
const formats = ['mov', 'matroska', 'avi', 'mpegts', 'mpeg', 'ogg', 'flv', 'asf'];
const codecs = [
  ...['h264', 'hevc', 'av1', 'libdav1d', 'vp8', 'vp9', 'mpeg4', 'mpeg2video', 'mpeg1video', 'mjpeg'],
  ...['theora', 'h263', 'flv', 'msmpeg4', 'wmv1', 'wmv2', 'wmv3', 'vc1', 'prores'],
];
/** Models look at 416 pixels; more of a frame would only be stored. */
const maxSidePx = 640;

/**
 * Widescreen in the pixels of DVD, broadcast and HDV is stored squeezed, and models know things in their own shape. The
 * side that is short is stretched, as browsers do it. FFmpeg passes frames of square pixels on as they are; further
 * from square than any format is a mistake, which would cost memory.
 */
const squarePixels = `scale=w='round(iw*if(lte(sar,4),max(1,sar),1))':h='round(ih*if(gte(sar,1/4),max(1,1/sar),1))'`;

/**
 * Part of the frames that may be undecodable. FFmpeg shows the picture before in their place, two thirds of them by
 * default: what has left long ago would still be tracked.
 */
const maxUndecodable = '0.1';

/**
 * How much of full brightness the pixels of two frames must differ by, on average, for the camera to have cut to something
 * else, per cent; FFmpeg calls 8 to 14 good. Unrelated photos differed by 16 and more, a cat that appeared from nowhere
 * by 2. Looking at every frame for it costs about a millisecond of 1080p.
 */
const cutPercent = 10;

/** Pixels of a frame for one of the upright video. */
export function frameScale({ width, height }: { width: number; height: number }): number {
  return Math.min(1, maxSidePx / Math.max(width, height));
}

/**
 * Reads standard input, the file itself: the protocols say that nothing else can be opened, a file or an address. Each
 * frame's size in bytes and time in seconds goes to descriptor 3, before the frame goes to standard output as a JPEG.
 * Needs FFmpeg 6 or newer (`fd:`, `-stats_mux_pre`).
 */
export function ffmpegArguments(sampling: VideoSampling): string[] {
  const filters = [
    // Logs cuts, between the frames that are selected too, before `showinfo` logs the next that is.
    `scdet=threshold=${cutPercent}`,
    `select='${selection(sampling)}'`,
    squarePixels,
    // Says how large the upright video is, and which frame is taken.
    'showinfo=checksum=0',
    `scale=w='min(${maxSidePx},iw)':h='min(${maxSidePx},ih)':force_original_aspect_ratio=decrease:out_range=full`,
    'format=yuvj420p',
  ];
  return [
    ...['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+info'],
    ...['-protocol_whitelist', 'fd,pipe', '-format_whitelist', formats.join(',')],
    ...['-codec_whitelist', codecs.join(','), '-max_pixels', String(maxVideoPixels)],
    ...['-threads', '1', '-an', '-sn', '-dn', '-max_error_rate', maxUndecodable, '-fd', '0', '-i', 'fd:'],
    // `V`: the cover of a song is no video.
    ...['-map', '0:V:0', '-filter_threads', '1', '-vf', filters.join(','), '-fps_mode', 'passthrough'],
    ...['-c:v', 'mjpeg', '-threads', '1', '-q:v', '4', '-map_metadata', '-1'],
    ...['-stats_mux_pre', 'pipe:3', '-stats_mux_pre_fmt', '{size} {t}', '-f', 'image2pipe', 'pipe:1'],
  ];
}

/**
 * The first frame of every interval, with its own time: no frame is shown twice, and rounding adds nothing up. One frame
 * past the longest duration is taken too, so that the reader learns that there is more.
 */
function selection(sampling: VideoSampling): string {
  const wanted =
    sampling.by === 'rate'
      ? `gt(floor(t*${sampling.framesPerSecond}),floor(prev_t*${sampling.framesPerSecond}))`
      : `gt(scene,${sampling.sceneThreshold})`;
  return `isnan(prev_t)+${wanted}+gt(t,${maxVideoDurationS})`;
}
