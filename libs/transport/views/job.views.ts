import { z } from 'zod';
import {
  deliveryList,
  deliveryView,
  jobList,
  jobRequest,
  jobResults,
  jobView,
  webhookSecretView,
} from '#contracts';
import { submittedJob } from '#core';

const requestId = { requestId: z.string() };

/** `POST /v1/jobs` */
export const jobBody = jobRequest.meta({ id: 'JobRequest' });
export const submittedJobReply = submittedJob.meta({ id: 'SubmittedJob' });

/** `GET /v1/jobs/:id`, `DELETE /v1/jobs/:id` */
export const jobReply = jobView.extend(requestId).meta({ id: 'JobReply' });

/** `GET /v1/jobs` */
export const jobListReply = jobList.extend(requestId).meta({ id: 'JobListReply' });

/** `GET /v1/jobs/:id/results` */
export const jobResultsReply = jobResults.extend(requestId).meta({ id: 'JobResultsReply' });

/** `GET /v1/webhooks/secret`, `POST /v1/webhooks/secret/rotate` */
export const webhookSecretReply = webhookSecretView.extend(requestId).meta({ id: 'WebhookSecretReply' });

/** `GET /v1/webhooks/deliveries` */
export const deliveryListReply = deliveryList.extend(requestId).meta({ id: 'WebhookDeliveryListReply' });

/** `POST /v1/webhooks/deliveries/:id/replay` */
export const deliveryReply = deliveryView.extend(requestId).meta({ id: 'WebhookDeliveryReply' });
