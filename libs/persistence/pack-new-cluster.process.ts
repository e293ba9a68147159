import { packCluster } from './new-cluster.js';

await packCluster();
