import { Inject, Module, type DynamicModule, type BeforeApplicationShutdown } from '@nestjs/common';
import { SessionController, SESSIONS, type SessionAccess } from './access/session.controller.js';
import { AvailabilityController } from './shelves/availability.controller.js';
import { BOARD, BoardController, type BoardOptions } from './board.controller.js';
import { BriefController } from './brief/brief.controller.js';
import { CatalogNames } from './lake/catalog-names.js';
import { LINEAGE, LineageController, type LineageAccess } from './lineage/lineage.controller.js';
import { ChecksController } from './loop/checks.controller.js';
import { DrawnShelves } from './loop/drawn-shelves.js';
import { KpisController } from './loop/kpis.controller.js';
import { RunningNumbers } from './loop/running-numbers.js';
import { VerdictStore } from './loop/verdict-store.js';
import { LOOP, VerdictsController, type LoopAccess } from './loop/verdicts.controller.js';
import type { InsightsAnswers } from './insights/insights-answers.js';
import { INSIGHTS, InsightsController } from './insights/insights.controller.js';
import { EXPLAIN, ExplainController, type ExplainAccess } from './explain/explain.controller.js';
import { IncidentStore } from './incidents/incident-store.js';
import { IncidentsController } from './incidents/incidents.controller.js';
import { RegistryQuestionsController } from './registry/registry-questions.controller.js';
import { OpenApiController } from './openapi/openapi.controller.js';
import { QUALITY_CLOCK, QualityController } from './quality/quality.controller.js';
import { QualityStore } from './quality/quality-store.js';
import { QUARANTINE, type QuarantineAccess } from './quarantine/access.js';
import { QuarantineController } from './quarantine/quarantine.controller.js';
import { QuarantineReplays } from './quarantine/replays.js';
import { RegistryController, SCHEMAS, type SchemaLookup } from './registry/registry.controller.js';
import { LAG, PipelineController } from './pipeline/pipeline.controller.js';
import type { PipelineLag } from './pipeline/lag.js';
import { QuietHours } from './pipeline/quiet-hours.js';
import { SourceWatch } from './pipeline/source-watch.js';
import { OverviewController } from './overview/overview.controller.js';
import { OpenNow } from './shelves/open-now.js';
import { ShelvesController } from './shelves/shelves.controller.js';
import { SignalStore } from './signals/signal-store.js';
import { AnswerCache } from './signals/answer-cache.js';
import { SignalStream } from './signals/signal-stream.js';
import { SignalsController } from './signals/signals.controller.js';
import { StoreSights } from './shelves/store-sights.js';
import { TasksController } from './tasks/tasks.controller.js';
import { NAMED, type SignalView } from './shelves/views.js';

export interface ApiParts {
  readonly store: SignalStore;
  readonly openNow: OpenNow;
  readonly names: CatalogNames;
  readonly quality: QualityStore;
  readonly incidents: IncidentStore;
  readonly view: SignalView;
  readonly stream: SignalStream;
  readonly answers: AnswerCache;
  readonly schemas: SchemaLookup | null;
  readonly board: BoardOptions;
  readonly sessions: SessionAccess;
  readonly loop: LoopParts;
  readonly insights: InsightsAnswers;
  readonly explain: ExplainAccess;
  readonly watch: WatchParts;
  readonly lineage: LineageAccess;
  readonly quarantine: { readonly access: QuarantineAccess; readonly replays: QuarantineReplays } | null;
}

/** What is seen of stores and of what comes in. */
export interface WatchParts {
  readonly sights: StoreSights;
  readonly quiet: QuietHours;
  readonly sources: SourceWatch;
  readonly lag: () => Promise<PipelineLag[]>;
}

export interface LoopParts {
  readonly access: LoopAccess;
  readonly verdicts: VerdictStore;
  readonly drawn: DrawnShelves;
  readonly numbers: RunningNumbers;
}

@Module({})
class ApiModule implements BeforeApplicationShutdown {
  constructor(@Inject(SignalStream) private readonly stream: SignalStream) {}

  /** Streams never end by themselves: without this the server would wait for them. */
  beforeApplicationShutdown(): void {
    this.stream.close();
  }
}

export function apiModule(parts: ApiParts): DynamicModule {
  const { store, names, quality, incidents, view, stream, schemas, board } = parts;
  const { loop, insights, explain, watch, quarantine, sessions } = parts;
  return {
    module: ApiModule,
    controllers: [
      SignalsController,
      ShelvesController,
      AvailabilityController,
      IncidentsController,
      QualityController,
      BoardController,
      VerdictsController,
      ChecksController,
      KpisController,
      InsightsController,
      ExplainController,
      OverviewController,
      TasksController,
      PipelineController,
      BriefController,
      LineageController,
      OpenApiController,
      SessionController,
      ...(schemas ? [RegistryController, RegistryQuestionsController] : []),
      ...(quarantine ? [QuarantineController] : []),
    ],
    providers: [
      { provide: SignalStore, useValue: store },
      { provide: OpenNow, useValue: parts.openNow },
      { provide: CatalogNames, useValue: names },
      { provide: QualityStore, useValue: quality },
      { provide: IncidentStore, useValue: incidents },
      { provide: QUALITY_CLOCK, useValue: board.clock },
      { provide: SignalStream, useValue: stream },
      { provide: AnswerCache, useValue: parts.answers },
      { provide: NAMED, useValue: view },
      { provide: BOARD, useValue: board },
      { provide: LOOP, useValue: loop.access },
      { provide: SESSIONS, useValue: sessions },
      { provide: VerdictStore, useValue: loop.verdicts },
      { provide: DrawnShelves, useValue: loop.drawn },
      { provide: RunningNumbers, useValue: loop.numbers },
      { provide: INSIGHTS, useValue: insights },
      { provide: EXPLAIN, useValue: explain },
      { provide: StoreSights, useValue: watch.sights },
      { provide: QuietHours, useValue: watch.quiet },
      { provide: SourceWatch, useValue: watch.sources },
      { provide: LAG, useValue: watch.lag },
      { provide: LINEAGE, useValue: parts.lineage },
      ...(schemas ? [{ provide: SCHEMAS, useValue: schemas }] : []),
      ...(quarantine ? quarantineProviders(quarantine) : []),
    ],
  };
}

const quarantineProviders = ({ access, replays }: NonNullable<ApiParts['quarantine']>) => [
  { provide: QUARANTINE, useValue: access },
  { provide: QuarantineReplays, useValue: replays },
];
