const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/** Settings of a program that calls servers of the test by name or address: this machine's proxy would be asked for them. */
export const noProxy = Object.fromEntries(
  names.flatMap((name) => [name, name.toLowerCase()]).map((name) => [name, '']),
);
