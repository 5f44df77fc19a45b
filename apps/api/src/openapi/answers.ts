import type { LoopNumbers } from '@gondola/kpi';
import type { Problem, Readiness } from '@gondola/nest';
import type { ShownRow } from '@gondola/quarantine';
import type { SessionView } from '../access/session.controller.js';
import type { AvailabilityAnswer } from '../shelves/availability.controller.js';
import type { BoardInfo } from '../board.controller.js';
import type { BriefAnswer } from '../brief/brief-answer.js';
import type { InsightsAnswer } from '../insights/insights-answer.js';
import type { DocumentView } from '../explain/explain.controller.js';
import type { ExplainAnswer } from '../explain/explainer.js';
import type { IncidentsAnswer, IncidentView } from '../incidents/incidents.controller.js';
import type { ChecksAnswer } from '../loop/checks.controller.js';
import type { VerdictsAnswer } from '../loop/verdicts.controller.js';
import type { VerdictView } from '../loop/verdict-store.js';
import type { OverviewAnswer } from '../overview/overview.controller.js';
import type { PipelineAnswer } from '../pipeline/pipeline.controller.js';
import type { ColumnLineage, LineageAnswer } from '../lineage/lineage-answer.js';
import type { QualityPage } from '../quality/quality.controller.js';
import type { QuarantinePage, ReplaysAnswer } from '../quarantine/quarantine.controller.js';
import type { ReplayView } from '../quarantine/replays.js';
import type {
  ShelfView,
  ShelvesAnswer,
  StoresAnswer,
  StoreShelvesAnswer,
} from '../shelves/shelves.controller.js';
import type { SignalsPage } from '../signals/signals.controller.js';
import type { TasksAnswer } from '../tasks/tasks.controller.js';
import type { NamedSignal } from '../shelves/views.js';

/**
 * Everything that is answered as JSON, by the name that the document (OpenAPI) gives it. `npm run openapi` makes
 * `answer-schemas.ts` from these types and their comments.
 */
export interface Answers {
  readonly AvailabilityAnswer: AvailabilityAnswer;
  readonly BoardInfo: BoardInfo;
  readonly BriefAnswer: BriefAnswer;
  readonly ChecksAnswer: ChecksAnswer;
  readonly DocumentView: DocumentView;
  readonly ExplainAnswer: ExplainAnswer;
  readonly ColumnLineage: ColumnLineage;
  readonly IncidentsAnswer: IncidentsAnswer;
  readonly IncidentView: IncidentView;
  readonly InsightsAnswer: InsightsAnswer;
  readonly LineageAnswer: LineageAnswer;
  readonly LoopNumbers: LoopNumbers;
  readonly NamedSignal: NamedSignal;
  readonly OverviewAnswer: OverviewAnswer;
  readonly PipelineAnswer: PipelineAnswer;
  readonly Problem: Problem;
  readonly QualityPage: QualityPage;
  readonly QuarantinePage: QuarantinePage;
  readonly Readiness: Readiness;
  readonly ReplaysAnswer: ReplaysAnswer;
  readonly ReplayView: ReplayView;
  readonly SessionView: SessionView;
  readonly ShelfView: ShelfView;
  readonly ShelvesAnswer: ShelvesAnswer;
  readonly ShownRow: ShownRow;
  readonly SignalsPage: SignalsPage;
  readonly StoresAnswer: StoresAnswer;
  readonly StoreShelvesAnswer: StoreShelvesAnswer;
  readonly TasksAnswer: TasksAnswer;
  readonly VerdictsAnswer: VerdictsAnswer;
  readonly VerdictView: VerdictView;
}
