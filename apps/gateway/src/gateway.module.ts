import { Module, type DynamicModule } from '@nestjs/common';
import {
  Administration,
  Admission,
  AuthenticateKey,
  BrowseJobs,
  BrowseVideos,
  type ContactSheet,
  type Directory,
  DropUsage,
  EstimateRequest,
  IdempotencyStore,
  InspectImage,
  type InspectionDrawing,
  JobQueue,
  JobStore,
  JobWorkStore,
  ManagePrices,
  ManageProfiles,
  ManageWebhooks,
  maxWatchersPerTenant,
  ModelInventory,
  PriceBook,
  type PriceStore,
  type ProfileStore,
  ReportUsage,
  ShowInvoice,
  SubmitInference,
  SubmitJob,
  SubmitVideo,
  IssueInvoices,
  type InvoiceStore,
  type UsageBooks,
  UsageLog,
  type VideoReader,
  type VideoStore,
  WatchJobs,
  WebhookSender,
  WebhookStore,
} from '#core';
import type { Clock } from '#kernel';
import { tasks } from '#tasks';
import { Telemetry, type Logger } from '#telemetry';
import type { OpenApiDocument } from '#transport';
import { KeyUseBackground } from './admission/key-use.background.js';
import { Lifecycle } from './admission/lifecycle.js';
import { ReplyBackground } from './admission/reply.background.js';
import { findingSources } from './inspection/finding-sources.js';
import { JobBackground } from './jobs/job-background.js';
import { MeteringBackground } from './metering/metering-background.js';
import { UploadGate, VideoGate } from './jobs/upload-gate.js';
import { OpsController, openApiToken } from './ops/ops.controller.js';
import { AuditController } from './rest/admin/audit.controller.js';
import { KeysController } from './rest/admin/keys.controller.js';
import { PlansController } from './rest/admin/plans.controller.js';
import { PricesController } from './rest/admin/prices.controller.js';
import { TenantsController } from './rest/admin/tenants.controller.js';
import { CatalogueController } from './rest/catalogue.controller.js';
import { CatalogueView } from './rest/catalogue.view.js';
import { inferenceController } from './rest/inference.controller.js';
import { InspectionController } from './rest/inspection.controller.js';
import { JobsController } from './rest/jobs.controller.js';
import { UsageController } from './rest/usage.controller.js';
import { VideosController } from './rest/videos.controller.js';
import { WebhooksController } from './rest/webhooks.controller.js';

/** How late a subscriber may hear of a change that another process made. */
const watchPollMs = 400;

/** What the gateway needs of the outside; which adapters they are is the composition's choice. */
export interface GatewayPorts {
  queue: JobQueue;
  admission: Admission;
  idempotency: IdempotencyStore;
  directory: Directory;
  usage: UsageLog;
  books: UsageBooks;
  invoices: InvoiceStore;
  prices: PriceStore;
  models: ModelInventory;
  jobs: JobStore;
  jobWork: JobWorkStore;
  webhooks: WebhookStore;
  webhookSender: WebhookSender;
  profiles: ProfileStore;
  drawing: InspectionDrawing;
  videos: VideoStore;
  videoReader: VideoReader;
  contactSheet: ContactSheet;
  clock: Clock;
  /** Dates what is billed, signed and expires, where `clock` only measures. */
  calendar: Clock;
}

/** `currency`: ISO 4217. Without a retention usage rows are kept for ever. */
export interface BillingOptions {
  currency: string;
  usageRetentionMonths?: number | undefined;
}

/** Composition root: ports in, use cases and controllers out. */
@Module({})
export class GatewayModule {
  static with(
    ports: GatewayPorts,
    telemetry: Telemetry,
    logger: Logger,
    document: OpenApiDocument,
    { currency, usageRetentionMonths }: BillingOptions,
  ): DynamicModule {
    const invoices = new IssueInvoices(ports.invoices, ports.prices, ports.calendar, currency);
    const drop = new DropUsage(ports.books, ports.clock, usageRetentionMonths);
    const {
      queue,
      admission,
      idempotency,
      directory,
      usage,
      models,
      jobs,
      webhooks,
      webhookSender,
      clock,
      calendar,
    } = ports;
    const background = new JobBackground(ports, telemetry, logger);
    const watchJobs = new WatchJobs(jobs, { pollMs: watchPollMs, maxPerTenant: maxWatchersPerTenant });
    telemetry.observe('subscriptions', () => watchJobs.watchers);
    const authenticate = new AuthenticateKey(directory.keys, clock, calendar);
    const taskIds = tasks.map(({ id }) => id);
    const submitJob = new SubmitJob(jobs, idempotency, admission, calendar, () => background.wake());
    const submit = new SubmitInference(queue, idempotency, admission, clock, calendar);
    const inspections = new InspectImage(ports.profiles, findingSources, submit, ports.drawing, calendar);
    return {
      module: GatewayModule,
      controllers: [
        ...tasks.map(inferenceController),
        InspectionController,
        JobsController,
        VideosController,
        WebhooksController,
        TenantsController,
        KeysController,
        PlansController,
        PricesController,
        AuditController,
        CatalogueController,
        UsageController,
        OpsController,
      ],
      providers: [
        { provide: JobQueue, useValue: queue },
        { provide: Admission, useValue: admission },
        { provide: IdempotencyStore, useValue: idempotency },
        { provide: UsageLog, useValue: usage },
        { provide: ModelInventory, useValue: models },
        { provide: Telemetry, useValue: telemetry },
        { provide: openApiToken, useValue: document },
        { provide: AuthenticateKey, useValue: authenticate },
        { provide: ReplyBackground, useValue: new ReplyBackground(idempotency, logger) },
        { provide: KeyUseBackground, useValue: new KeyUseBackground(authenticate.uses, logger) },
        { provide: Administration, useValue: new Administration(directory, calendar, taskIds) },
        { provide: ManagePrices, useValue: new ManagePrices(ports.prices, currency, taskIds, calendar) },
        { provide: SubmitInference, useValue: submit },
        { provide: InspectImage, useValue: inspections },
        { provide: ManageProfiles, useValue: new ManageProfiles(ports.profiles, findingSources, calendar) },
        { provide: SubmitJob, useValue: submitJob },
        { provide: SubmitVideo, useValue: new SubmitVideo(ports.videoReader, submitJob) },
        { provide: BrowseVideos, useValue: new BrowseVideos(jobs, ports.videos, ports.contactSheet) },
        { provide: WatchJobs, useValue: watchJobs },
        { provide: BrowseJobs, useValue: new BrowseJobs(jobs, admission) },
        { provide: WebhookSender, useValue: webhookSender },
        {
          provide: ManageWebhooks,
          useValue: new ManageWebhooks(webhooks, calendar, () => background.wakeDelivery()),
        },
        { provide: JobBackground, useValue: background },
        {
          provide: MeteringBackground,
          useValue: new MeteringBackground(ports.books, invoices, drop, logger),
        },
        { provide: IssueInvoices, useValue: invoices },
        { provide: ShowInvoice, useValue: new ShowInvoice(invoices, directory.tenants) },
        { provide: ReportUsage, useValue: new ReportUsage(usage, calendar) },
        {
          provide: EstimateRequest,
          useValue: new EstimateRequest(admission, new PriceBook(ports.prices, clock), calendar),
        },
        CatalogueView,
        { provide: UploadGate, useValue: new UploadGate() },
        { provide: VideoGate, useValue: new VideoGate() },
        Lifecycle,
      ],
    };
  }
}
