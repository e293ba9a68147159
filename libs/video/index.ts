/**
 * video: frames of video files, behind core's `VideoReader` port.
 *
 * Owns: FFmpeg as a child process with nothing but the one open file, its bounds in bytes, pixels, memory and time, what
 * its failures mean, and where a file lies while it is read: in memory.
 * Refuses: what is found in frames (tasks), tracks (core), HTTP. FFmpeg is run and never linked.
 */
export { FfmpegVideoReader, type FfmpegVideoReaderOptions } from './ffmpeg-video.reader.js';
