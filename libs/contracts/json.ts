import { z } from 'zod';

/** An object whose shape depends on another field: JSON alone can say it here; what reads it checks it. */
export const json = () => z.record(z.string(), z.unknown()).meta({ json: true });
