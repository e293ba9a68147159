/** What a child process that runs models is given: where to find programs, libraries, devices and what V8 has compiled. */
const inherited = ['PATH', 'LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES', 'TZ', 'NODE_COMPILE_CACHE'];
/**
 * - onnxruntime repacks weights while it loads and frees the originals; from this size on freed memory goes back to the
 *   system at once instead of leaving holes. Measured with the starter pack: 308 to 270 MB a host.
 * - Large blocks on huge pages, where the kernel gives them to who asks: a translation took 3 to 12 % less processor time
 *   in seven turns of eight, for 10 MB more a host. Another C library ignores it.
 */
const allocator = {
  MALLOC_MMAP_THRESHOLD_: String(256 * 1_024),
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
};

/** Its own environment: no secrets of the server reach a process that only multiplies matrices. */
export function hostEnvironment(): NodeJS.ProcessEnv {
  return { ...allocator, ...Object.fromEntries(inherited.map((name) => [name, process.env[name]])) };
}
