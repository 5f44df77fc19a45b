// Made by `npm run openapi` from the types in answers.ts.
/** Name -> JSON Schema. What is not named there is not answered. */
export const ANSWER_SCHEMAS: Readonly<Record<string, object>> = {
  Arm: {
    type: 'string',
    enum: ['treated', 'hold_out'],
    description:
      'hold_out: drawn by lot to be shown to nobody, so that what signals bring can be measured. See `armOf`.',
  },
  ArmDifference: {
    type: 'object',
    properties: {
      currency: { type: ['string', 'null'] },
      treated: { $ref: '#/components/schemas/ArmSide' },
      holdOut: { $ref: '#/components/schemas/ArmSide' },
      recoveredPerEpisode: {
        $ref: '#/components/schemas/Estimate',
        description: 'Money that an episode loses more where it is held out. 95 % interval.',
      },
      recovered: { $ref: '#/components/schemas/Estimate', description: 'The same for all treated episodes.' },
    },
    required: ['currency', 'treated', 'holdOut', 'recoveredPerEpisode', 'recovered'],
    additionalProperties: false,
    description:
      'What showing signals brings, from chance alone: nobody was shown those of the hold-out arm.',
  },
  ArmSide: {
    type: 'object',
    properties: {
      episodes: { type: 'number' },
      drawn: { type: 'number', description: 'Shelf-weeks: what was drawn.' },
      lostSalesMean: { type: 'number', description: 'Money lost an episode.' },
    },
    required: ['episodes', 'drawn', 'lostSalesMean'],
    additionalProperties: false,
  },
  Availability: {
    type: 'string',
    enum: ['InStock', 'LimitedAvailability', 'OutOfStock'],
    description: 'As schema.org names them (https://schema.org/ItemAvailability).',
  },
  AvailabilityAnswer: {
    type: 'object',
    properties: {
      storeId: { type: 'string' },
      otherwise: {
        type: ['string', 'null'],
        enum: ['InStock', null],
        description:
          'Of items that are not listed, where none were asked for; null: nothing can be said of this store now.',
      },
      items: { type: 'array', items: { $ref: '#/components/schemas/ItemAvailability' } },
    },
    required: ['storeId', 'otherwise', 'items'],
    additionalProperties: false,
  },
  BoardInfo: {
    type: 'object',
    properties: {
      environment: { type: 'string' },
      demo: { type: 'boolean' },
      nowMs: { type: 'number' },
      state: { type: 'string', enum: ['starting', 'healthy', 'disconnected', 'stopped'] },
      detail: { type: 'string' },
      signalsSeen: {
        type: 'number',
        description: '0: nothing has arrived yet, which says nothing about the shelves.',
      },
      lastSignalAtMs: { type: ['number', 'null'] },
      checkedUntilMs: { type: ['number', 'null'] },
      open: { $ref: '#/components/schemas/CountByKind' },
      openTotal: { type: 'number' },
      lost: { $ref: '#/components/schemas/LossPerHour' },
    },
    required: [
      'environment',
      'demo',
      'nowMs',
      'state',
      'detail',
      'signalsSeen',
      'lastSignalAtMs',
      'checkedUntilMs',
      'open',
      'openTotal',
      'lost',
    ],
    additionalProperties: false,
    description: "The top strip. Times are by the server's clock, which is not the reader's in a demo.",
  },
  BriefAnswer: {
    type: 'object',
    properties: {
      storeId: { type: 'string' },
      storeName: { type: ['string', 'null'] },
      city: { type: ['string', 'null'] },
      day: { type: 'string', description: "Whose morning it is, by the store's own clock: `2026-05-01`." },
      yesterday: { type: 'string' },
      timeZone: { type: 'string' },
      asOfMs: { type: 'number', description: 'Up to here the lake was read, milliseconds since 1970.' },
      loss: {
        type: 'object',
        properties: {
          episodes: { type: 'number' },
          lost: {
            type: 'array',
            items: { $ref: '#/components/schemas/BriefMoney' },
            description: 'One for each currency; none where no price is known.',
          },
          lostWeekBefore: {
            type: 'array',
            items: { $ref: '#/components/schemas/BriefMoney' },
            description: 'Of the same day of the week before.',
          },
          availability: {
            type: 'array',
            items: {
              type: 'object',
              properties: { currency: { type: ['string', 'null'] }, value: { type: 'number' } },
              required: ['currency', 'value'],
              additionalProperties: false,
            },
            description: 'Availability by sales of yesterday, 0 to 1, one for each currency.',
          },
        },
        required: ['episodes', 'lost', 'lostWeekBefore', 'availability'],
        additionalProperties: false,
        description: "What yesterday's empty shelves lost.",
      },
      repeatOffenders: {
        type: 'array',
        items: { $ref: '#/components/schemas/RepeatOffender' },
        description: 'At most five, those that lost most first.',
      },
      today: {
        type: 'object',
        properties: {
          risks: {
            type: 'array',
            items: { $ref: '#/components/schemas/RiskHour' },
            description: 'Hours of today in which something is expected to run out, the next first.',
          },
          openShelves: { type: 'number', description: 'Shelves that are empty now.' },
          lostPerHour: {
            type: 'array',
            items: { $ref: '#/components/schemas/BriefMoney' },
            description: 'What they lose in an hour.',
          },
        },
        required: ['risks', 'openShelves', 'lostPerHour'],
        additionalProperties: false,
      },
      closed: {
        type: 'object',
        properties: {
          episodes: { type: 'number' },
          lookedAt: { type: 'number', description: 'Of them, those that somebody looked at.' },
          minutesToFixMedian: { type: ['number', 'null'] },
          stoppedPerHour: {
            type: 'array',
            items: { $ref: '#/components/schemas/BriefMoney' },
            description: 'What they lost in an hour until then.',
          },
          recovered: {
            type: 'array',
            items: { $ref: '#/components/schemas/BriefMoney' },
            description:
              "What acting on them brought: their number times what an episode loses more where it is shown to nobody (95 % interval). Of the whole chain's last four weeks; empty without a hold-out arm, since then nobody knows.",
          },
        },
        required: ['episodes', 'lookedAt', 'minutesToFixMedian', 'stoppedPerHour', 'recovered'],
        additionalProperties: false,
        description: 'Shelves that were filled yesterday.',
      },
      lines: {
        type: 'array',
        items: { type: 'string' },
        description: 'The same in ten lines at most, in the language that was asked for.',
      },
    },
    required: [
      'storeId',
      'storeName',
      'city',
      'day',
      'yesterday',
      'timeZone',
      'asOfMs',
      'loss',
      'repeatOffenders',
      'today',
      'closed',
      'lines',
    ],
    additionalProperties: false,
    description: "One store's morning.",
  },
  BriefMoney: {
    type: 'object',
    properties: {
      currency: { type: ['string', 'null'] },
      value: { type: 'number' },
      low: { type: 'number' },
      high: { type: 'number' },
    },
    required: ['currency', 'value', 'low', 'high'],
    additionalProperties: false,
    description: 'Money with the ends of its 80 % interval; where there is none, both are the value.',
  },
  Candidate: {
    type: 'object',
    properties: {
      kind: { type: 'string', enum: ['item', 'store'] },
      id: { type: 'string' },
      name: { type: ['string', 'null'] },
    },
    required: ['kind', 'id', 'name'],
    additionalProperties: false,
  },
  Cause: {
    type: 'object',
    properties: {
      name: {
        type: 'string',
        enum: [
          'not_ordered',
          'ordered_not_delivered',
          'partial_delivery',
          'phantom_record',
          'in_backroom',
          'negative_stock',
          'unknown',
        ],
      },
      probability: { type: 'number' },
    },
    required: ['name', 'probability'],
    additionalProperties: false,
    description: 'Why a shelf is empty, with P(it is that); those of a signal sum to 1, the likeliest first.',
  },
  ChecksAnswer: {
    type: 'object',
    properties: {
      day: { type: 'string', description: "Of the store's own clock." },
      checks: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            checkId: { type: 'string' },
            storeId: { type: 'string' },
            itemId: { type: 'string' },
            itemName: { type: ['string', 'null'] },
            done: { type: 'boolean', description: 'Somebody has answered it.' },
          },
          required: ['checkId', 'storeId', 'itemId', 'itemName', 'done'],
          additionalProperties: false,
        },
      },
    },
    required: ['day', 'checks'],
    additionalProperties: false,
  },
  ColumnLineage: {
    type: 'object',
    properties: {
      table: { type: 'string' },
      column: { $ref: '#/components/schemas/TableColumn' },
      madeBy: {
        type: 'string',
        enum: ['field', 'record', 'detection', 'line'],
        description:
          '`field`: of an event. `record`: of the record that carried it. `detection`: told from many events. `line`: by Góndola itself.',
      },
      sources: { type: 'array', items: { $ref: '#/components/schemas/ColumnSource' } },
    },
    required: ['table', 'column', 'madeBy', 'sources'],
    additionalProperties: false,
  },
  ColumnSource: {
    type: 'object',
    properties: {
      subject: { type: 'string' },
      field: {
        type: ['string', 'null'],
        description:
          "JSON pointer, with `*` for the entry that becomes a row; null: not a field, but the record's place in its stream.",
      },
      masking: {
        type: ['string', 'null'],
        description:
          'How it is masked on the way: `drop`, `token`, `truncate 3`, `generalise month`; null: not at all.',
      },
      through: {
        anyOf: [
          {
            type: 'object',
            properties: { table: { type: 'string' }, column: { type: 'string' } },
            required: ['table', 'column'],
            additionalProperties: false,
          },
          { type: 'null' },
        ],
        description:
          'Table and column of silver between the field and the column that was asked for; null: it is that column.',
      },
      bronze: {
        type: 'array',
        items: { type: 'string' },
        description: 'Tables of bronze that keep the records themselves, and their streams.',
      },
      streams: { type: 'array', items: { type: 'string' } },
    },
    required: ['subject', 'field', 'masking', 'through', 'bronze', 'streams'],
    additionalProperties: false,
    description: 'A field that a column is made from.',
  },
  CountByKind: {
    type: 'object',
    properties: {
      out_of_stock: { type: 'number' },
      phantom: { type: 'number' },
      silent: { type: 'number' },
      coming: { type: 'number' },
      recovered: { type: 'number' },
      partial: { type: 'number' },
    },
    required: ['out_of_stock', 'phantom', 'silent', 'coming', 'recovered', 'partial'],
    additionalProperties: false,
  },
  DocumentView: {
    type: 'object',
    properties: {
      id: { type: 'string' },
      kind: { type: 'string', enum: ['runbook', 'contract'] },
      name: { type: 'string' },
      text: {
        type: 'string',
        description: 'One line for each thing that it says; commands and tables are left out.',
      },
    },
    required: ['id', 'kind', 'name', 'text'],
    additionalProperties: false,
    description: 'What answers quote.',
  },
  Estimate: {
    type: 'object',
    properties: { value: { type: 'number' }, low: { type: 'number' }, high: { type: 'number' } },
    required: ['value', 'low', 'high'],
    additionalProperties: false,
    description: 'A number with the ends of its interval.',
  },
  Evidence: {
    type: 'object',
    properties: {
      name: {
        type: 'string',
        enum: [
          'prior',
          'zero_sales',
          'last_sale',
          'ledger',
          'clickstream',
          'demand_over_horizon',
          'history',
          'calibration',
          'sale',
          'low_sales',
        ],
      },
      weight: { type: 'number' },
      facts: {
        type: 'object',
        additionalProperties: { type: 'number' },
        description:
          'Numbers behind the weight, with units in their names, e.g. `{ hours: 5, expectedUnits: 7.2 }`.',
      },
    },
    required: ['name', 'weight', 'facts'],
    additionalProperties: false,
    description:
      'What spoke for (weight > 0) or against a signal, in log-odds. The weights and the prior sum to the posterior.',
  },
  ExpectationAction: { type: 'string', enum: ['warn', 'quarantine', 'fail'] },
  ExpectationKind: {
    type: 'string',
    enum: ['completeness', 'freshness', 'volume', 'uniqueness', 'range', 'reference'],
  },
  ExplainAnswer: {
    type: 'object',
    properties: {
      language: { $ref: '#/components/schemas/Language' },
      intent: {
        type: 'string',
        enum: [
          'shelf',
          'item',
          'store',
          'open',
          'stores',
          'changes',
          'kpi',
          'runbook',
          'field',
          'contract',
          'refused',
          'quality',
          'documents',
          'not_known',
        ],
        description: 'What the question was taken for.',
      },
      known: {
        type: 'boolean',
        description: 'false: nothing here supports an answer; then there are no sentences.',
      },
      text: { type: 'string', description: 'The sentences in one, or that it is not known.' },
      sentences: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            text: { type: 'string' },
            writtenBy: { type: 'string', enum: ['template', 'model'] },
            sources: {
              type: 'array',
              items: { $ref: '#/components/schemas/Source' },
              description: 'What it has its numbers, words and quotes from: never empty.',
            },
          },
          required: ['text', 'writtenBy', 'sources'],
          additionalProperties: false,
        },
      },
      writtenBy: {
        type: 'string',
        enum: ['template', 'model'],
        description: 'model: at least one sentence is in its words; `sentences` says which.',
      },
      asOfMs: { type: 'number', description: 'When the rows were looked at.' },
      period: {
        anyOf: [{ $ref: '#/components/schemas/Period' }, { type: 'null' }],
        description: 'What was asked of, where it is a period.',
      },
      candidates: {
        type: 'array',
        items: { $ref: '#/components/schemas/Candidate' },
        description: 'Which of these may be meant; empty unless that is what is not known.',
      },
      model: {
        anyOf: [
          {
            type: 'object',
            properties: {
              name: { type: 'string' },
              outcome: { type: 'string', enum: ['used', 'refused', 'unavailable', 'busy'] },
              refusals: { type: 'array', items: { $ref: '#/components/schemas/Refusal' } },
            },
            required: ['name', 'outcome', 'refusals'],
            additionalProperties: false,
          },
          { type: 'null' },
        ],
        description: 'Null: no model was asked.',
      },
    },
    required: [
      'language',
      'intent',
      'known',
      'text',
      'sentences',
      'writtenBy',
      'asOfMs',
      'period',
      'candidates',
      'model',
    ],
    additionalProperties: false,
  },
  FrameEncoding: {
    type: 'string',
    enum: ['avro', 'protobuf', 'json', 'json or envelope'],
    description: "How a record's bytes are read.",
  },
  IncidentKind: {
    type: 'string',
    enum: ['feed_dead', 'store_closed', 'till_offline', 'item_short'],
    description:
      'feed_dead: nothing comes from a store that sells. store_closed: a store does not sell when it usually does. till_offline: one till is silent while the others sell. item_short: many stores of one city or warehouse are out of one item.',
  },
  IncidentView: {
    type: 'object',
    properties: {
      incidentId: {
        type: 'string',
        description: 'Deterministic, and the same for every change of one incident.',
      },
      environment: { type: 'string' },
      kind: { $ref: '#/components/schemas/IncidentKind' },
      state: { type: 'string', enum: ['open', 'closed'] },
      storeId: {
        type: ['string', 'null'],
        description:
          'Null for what speaks of many: `item_short`, and a feed or a closed day that most stores of a region share.',
      },
      workstationId: { type: ['string', 'null'], description: 'Of `till_offline`, else null.' },
      itemId: { type: ['string', 'null'], description: 'Of `item_short`, else null.' },
      region: {
        type: ['string', 'null'],
        description:
          'Of what speaks of many: the warehouse or city whose stores it concerns, null for all; else null.',
      },
      atMs: {
        type: 'number',
        description:
          'Event time at which this was known, and when it began: the last sale before the silence. Milliseconds since 1970.',
      },
      sinceMs: { type: 'number' },
      probability: { type: 'number', description: 'P(it is this kind and not another), 0..1.' },
      stores: { type: 'number' },
      shelves: {
        type: 'number',
        description: 'Shelves of which nothing can be said, or that are empty for this reason.',
      },
      lostSalesPerHour: {
        type: ['number', 'null'],
        description:
          'What is not sold for this reason, null where sales are only unseen or no price is known.',
      },
      currency: { type: ['string', 'null'] },
      facts: {
        type: 'object',
        additionalProperties: { type: 'number' },
        description: 'Numbers behind it, with units in their names.',
      },
      storeName: { type: ['string', 'null'] },
      itemName: { type: ['string', 'null'] },
      storeIds: { type: 'array', items: { type: 'string' }, description: 'Stores that it concerns.' },
      signalIds: {
        type: 'array',
        items: { type: 'string' },
        description: 'Open signals that this line stands for.',
      },
    },
    required: [
      'atMs',
      'currency',
      'environment',
      'facts',
      'incidentId',
      'itemId',
      'itemName',
      'kind',
      'lostSalesPerHour',
      'probability',
      'region',
      'shelves',
      'signalIds',
      'sinceMs',
      'state',
      'storeId',
      'storeIds',
      'storeName',
      'stores',
      'workstationId',
    ],
    additionalProperties: false,
    description: 'An incident as clients get it. Names are null where the catalog does not say.',
  },
  IncidentsAnswer: {
    type: 'object',
    properties: {
      incidents: {
        type: 'array',
        items: { $ref: '#/components/schemas/IncidentView' },
        description: 'Open ones first, those that lose most before the others.',
      },
      total: { type: 'number', description: 'All of them, also those of other pages.' },
      nextCursor: {
        type: ['string', 'null'],
        description:
          'For `cursor`, null on the last page. An incident that changes meanwhile may come twice or be missed.',
      },
    },
    required: ['incidents', 'total', 'nextCursor'],
    additionalProperties: false,
  },
  InsightCause: {
    type: 'object',
    properties: {
      name: {
        type: 'string',
        enum: [
          'not_ordered',
          'ordered_not_delivered',
          'partial_delivery',
          'phantom_record',
          'in_backroom',
          'negative_stock',
          'unknown',
        ],
        description: '`unknown` also where nothing can be said.',
      },
      episodes: {
        type: 'number',
        description:
          "Episodes, each counted by the probability of the cause: those of all causes add up to the group's.",
      },
      lost: {
        type: 'array',
        items: { $ref: '#/components/schemas/InsightMoney' },
        description: 'What they lost, weighted alike.',
      },
    },
    required: ['name', 'episodes', 'lost'],
    additionalProperties: false,
  },
  InsightMoney: {
    type: 'object',
    properties: { currency: { type: ['string', 'null'] }, value: { type: 'number' } },
    required: ['currency', 'value'],
    additionalProperties: false,
  },
  InsightRow: {
    type: 'object',
    properties: {
      key: {
        type: ['string', 'null'],
        description:
          'Store, category, city, or `2026-05-01T13`, `2026-05-01`, the Monday of a week; null: not known, or everything.',
      },
      name: { type: ['string', 'null'], description: 'What the catalog calls a store.' },
      fromMs: { type: 'number' },
      untilMs: { type: 'number' },
      episodes: { type: 'number', description: 'Whose alert is within it.' },
      outHours: {
        type: 'number',
        description: 'Hours in which shelves were empty, each weighted by P(out).',
      },
      shelfHours: { type: 'number', description: 'Hours in which shelves were in range.' },
      sold: {
        type: 'array',
        items: { $ref: '#/components/schemas/InsightMoney' },
        description: 'Money taken less what was given back.',
      },
      lost: { type: 'array', items: { $ref: '#/components/schemas/InsightMoney' } },
      numbers: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            id: { $ref: '#/components/schemas/KpiId' },
            value: { type: ['number', 'null'], description: 'Null: see `missing`.' },
            low: {
              type: ['number', 'null'],
              description: 'Ends of the interval that its definition names, null where it has none.',
            },
            high: { type: ['number', 'null'] },
            p90: { type: ['number', 'null'], description: 'Times alone.' },
            cases: { type: 'number', description: 'Cases it rests on.' },
            currency: { type: ['string', 'null'] },
            missing: { anyOf: [{ $ref: '#/components/schemas/Missing' }, { type: 'null' }] },
          },
          required: ['id', 'value', 'low', 'high', 'p90', 'cases', 'currency', 'missing'],
          additionalProperties: false,
          description: 'A KPI of a group; `definitions` of the answer say what each is.',
        },
      },
      causes: { type: 'array', items: { $ref: '#/components/schemas/InsightCause' } },
    },
    required: [
      'key',
      'name',
      'fromMs',
      'untilMs',
      'episodes',
      'outHours',
      'shelfHours',
      'sold',
      'lost',
      'numbers',
      'causes',
    ],
    additionalProperties: false,
    description:
      'What shelves did in a period. The sums of parts that divide a whole are those of the whole.',
  },
  InsightsAnswer: {
    type: 'object',
    properties: {
      fromMs: { type: 'number' },
      untilMs: { type: 'number' },
      zone: { type: 'string', description: 'By whose clocks hours, days and weeks begin.' },
      historyFromMs: {
        type: ['number', 'null'],
        description: 'Before it nothing is kept; null: nothing is known yet.',
      },
      newestSignalMs: {
        type: ['number', 'null'],
        description: "Newest signal and newest sale (its hour's end) that are in the numbers.",
      },
      newestSaleMs: { type: ['number', 'null'] },
      definitions: { type: 'array', items: { $ref: '#/components/schemas/KpiDefinition' } },
      total: { $ref: '#/components/schemas/InsightRow' },
      rows: {
        type: 'array',
        items: { $ref: '#/components/schemas/InsightRow' },
        description:
          'Parts of the total, by what was asked for; those of time in their order, others by what they lost.',
      },
    },
    required: [
      'fromMs',
      'untilMs',
      'zone',
      'historyFromMs',
      'newestSignalMs',
      'newestSaleMs',
      'definitions',
      'total',
      'rows',
    ],
    additionalProperties: false,
  },
  ItemAvailability: {
    type: 'object',
    properties: {
      itemId: { type: 'string' },
      availability: {
        anyOf: [{ $ref: '#/components/schemas/Availability' }, { type: 'null' }],
        description:
          'Null: nothing can be said, as the store is not known, its feed is dead or it is closed.',
      },
      probability: {
        type: ['number', 'null'],
        description: 'That nobody who comes finds it; null where no signal is open.',
      },
      sinceMs: {
        type: ['number', 'null'],
        description: 'Since when it is so; null where no signal is open.',
      },
      signalId: { type: ['string', 'null'] },
    },
    required: ['itemId', 'availability', 'probability', 'sinceMs', 'signalId'],
    additionalProperties: false,
  },
  KpiDefinition: {
    type: 'object',
    properties: {
      id: { type: 'string' },
      name: {
        type: 'object',
        properties: { en: { type: 'string' }, es: { type: 'string' } },
        required: ['en', 'es'],
        additionalProperties: false,
      },
      unit: { $ref: '#/components/schemas/KpiUnit' },
      formula: { type: 'string' },
      note: { type: 'string', description: 'What it does not say, and what it needs.' },
      source: { type: 'string', description: 'Whose definition it is.' },
    },
    required: ['id', 'name', 'unit', 'formula', 'note', 'source'],
    additionalProperties: false,
  },
  KpiId: {
    type: 'string',
    enum: [
      'osa',
      'oos_rate_item',
      'oos_rate_time',
      'osa_time',
      'osa_value',
      'lost_sales',
      'lost_sales_net',
      'found_rate',
      'alert_precision',
      'alert_recall',
      'time_to_detect',
      'time_to_acknowledge',
      'time_to_fix',
      'record_accuracy',
      'value_per_alert',
      'value_per_labour_minute',
    ],
  },
  KpiUnit: {
    type: 'string',
    enum: ['share', 'money', 'minutes', 'money_per_minute'],
    description: 'How a number is to be read. `share`: 0 to 1. `money`: in `currency`, one value for each.',
  },
  KpiValue: {
    type: 'object',
    properties: {
      id: { $ref: '#/components/schemas/KpiId' },
      name: {
        type: 'object',
        properties: { en: { type: 'string' }, es: { type: 'string' } },
        required: ['en', 'es'],
        additionalProperties: false,
      },
      unit: { $ref: '#/components/schemas/KpiUnit' },
      formula: { type: 'string' },
      note: { type: 'string', description: 'What it does not say, and what it needs.' },
      source: { type: 'string', description: 'Whose definition it is.' },
      value: { type: ['number', 'null'], description: 'Null: see `missing`.' },
      low: {
        type: ['number', 'null'],
        description: 'Ends of the interval that its definition names, null where it has none.',
      },
      high: { type: ['number', 'null'] },
      p90: { type: ['number', 'null'], description: 'Times alone.' },
      cases: { type: 'number', description: 'Cases it rests on.' },
      currency: { type: ['string', 'null'] },
      missing: { anyOf: [{ $ref: '#/components/schemas/Missing' }, { type: 'null' }] },
    },
    required: [
      'cases',
      'currency',
      'formula',
      'high',
      'id',
      'low',
      'missing',
      'name',
      'note',
      'p90',
      'source',
      'unit',
      'value',
    ],
    additionalProperties: false,
  },
  Language: { type: 'string', enum: ['en', 'es'], description: 'Languages that people are answered in.' },
  LineageAnswer: {
    type: 'object',
    properties: {
      environment: { type: 'string' },
      tables: { type: 'array', items: { $ref: '#/components/schemas/LineageTable' } },
      streams: {
        type: 'array',
        items: {
          type: 'object',
          properties: { name: { type: 'string' }, tables: { type: 'array', items: { type: 'string' } } },
          required: ['name', 'tables'],
          additionalProperties: false,
        },
        description: 'Streams and the tables that hold what came from each, in the order of the line.',
      },
    },
    required: ['environment', 'tables', 'streams'],
    additionalProperties: false,
  },
  LineageTable: {
    type: 'object',
    properties: {
      name: {
        type: 'string',
        description: "Below the environment's folder: `silver/retail.pos.transaction`.",
      },
      version: { type: 'number', description: 'Of its Delta log.' },
      rows: { type: 'number' },
      files: { type: 'number' },
      bytes: { type: 'number' },
      lastCommit: {
        anyOf: [
          {
            type: 'object',
            properties: { atMs: { type: 'number' }, operation: { type: 'string' } },
            required: ['atMs', 'operation'],
            additionalProperties: false,
          },
          { type: 'null' },
        ],
        description: 'Null: its note was cleaned away.',
      },
      columns: { type: 'array', items: { $ref: '#/components/schemas/TableColumn' } },
      positions: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            stream: { type: 'string' },
            partition: { type: 'string' },
            position: {
              type: 'string',
              description: 'The next one that it will take, as decimal digits: positions may be of any size.',
            },
          },
          required: ['stream', 'partition', 'position'],
          additionalProperties: false,
          description: "Up to where a stream's partition is in a table.",
        },
        description: 'Streams that it is made from, with how far each is in it.',
      },
      contract: {
        anyOf: [{ $ref: '#/components/schemas/TableContract' }, { type: 'null' }],
        description: 'Whose events it holds; null: those of no contract.',
      },
    },
    required: ['name', 'version', 'rows', 'files', 'bytes', 'lastCommit', 'columns', 'positions', 'contract'],
    additionalProperties: false,
  },
  ListedRow: {
    type: 'object',
    properties: {
      id: { type: 'string' },
      seen: { type: 'string' },
      reason: { type: 'string' },
      subject: { type: ['string', 'null'] },
      pointer: { type: 'string' },
      message: { type: 'string' },
      producer: { type: 'string' },
      replays: { type: 'number' },
    },
    required: ['id', 'seen', 'reason', 'subject', 'pointer', 'message', 'producer', 'replays'],
    additionalProperties: false,
  },
  LoopNumbers: {
    type: 'object',
    properties: {
      fromMs: { type: 'number' },
      untilMs: { type: 'number' },
      kpis: { type: 'array', items: { $ref: '#/components/schemas/KpiValue' } },
      precision: {
        type: 'array',
        items: { $ref: '#/components/schemas/PrecisionRow' },
        description: 'By kind, store and band of probability.',
      },
      holdOut: {
        type: 'array',
        items: { $ref: '#/components/schemas/ArmDifference' },
        description: 'One for each currency.',
      },
      massZeroings: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          properties: {
            zeros: { type: 'number' },
            storeId: { type: 'string' },
            fromMs: { type: 'number' },
            untilMs: { type: 'number' },
          },
          required: ['fromMs', 'storeId', 'untilMs', 'zeros'],
        },
        description: 'Whose they were is for those who keep silver to look up.',
      },
      leftOut: {
        type: 'object',
        properties: {
          undone: { type: 'number' },
          mass_zeroed: { type: 'number' },
          cannot_check: { type: 'number' },
          late_look: { type: 'number' },
          signal_unknown: { type: 'number' },
          not_out_kind: { type: 'number' },
          superseded: { type: 'number' },
        },
        required: [
          'undone',
          'mass_zeroed',
          'cannot_check',
          'late_look',
          'signal_unknown',
          'not_out_kind',
          'superseded',
        ],
        additionalProperties: false,
        description: 'Verdicts, of any time, that count for nothing, by the reason.',
      },
    },
    required: ['fromMs', 'untilMs', 'kpis', 'precision', 'holdOut', 'massZeroings', 'leftOut'],
    additionalProperties: false,
    description: 'What api and command line say of a period.',
  },
  LossPerHour: {
    type: 'object',
    properties: {
      sales: {
        type: 'array',
        items: {
          type: 'object',
          properties: { currency: { type: ['string', 'null'] }, perHour: { type: 'number' } },
          required: ['currency', 'perHour'],
          additionalProperties: false,
        },
        description: 'Of shelves whose price is known, one entry per currency.',
      },
      unitsWithoutPrice: { type: 'number', description: 'Of the other shelves: units.' },
    },
    required: ['sales', 'unitsWithoutPrice'],
    additionalProperties: false,
    description:
      'What open shelves lose in an hour, each times P(it is empty). Shelves that are only expected to run out lose nothing yet.',
  },
  LostNow: {
    type: 'object',
    properties: {
      currency: { type: ['string', 'null'] },
      perHour: { type: 'number' },
      low: { type: 'number' },
      high: { type: 'number' },
      weekAgo: {
        type: ['number', 'null'],
        description: 'The same a week earlier, null where signals of then are no longer kept.',
      },
    },
    required: ['currency', 'perHour', 'low', 'high', 'weekAgo'],
    additionalProperties: false,
    description: 'What empty shelves lose in an hour, each times P(it is empty), with an 80 % interval.',
  },
  Missing: {
    type: 'string',
    enum: [
      'no_episodes',
      'no_verdicts',
      'no_checks',
      'no_hold_out',
      'no_sales',
      'no_shelves',
      'no_counts',
      'no_picks',
    ],
    description: 'Why a KPI has no value.',
  },
  NamedSignal: {
    type: 'object',
    properties: {
      signalId: {
        type: 'string',
        description: 'Deterministic: the same events give the same id on every run.',
      },
      episodeId: {
        type: 'string',
        description: 'Of the signal that opened this episode; a `recovered` closes the episode it names.',
      },
      environment: { type: 'string' },
      storeId: { type: 'string' },
      itemId: { type: 'string' },
      kind: { $ref: '#/components/schemas/SignalKind' },
      atMs: {
        type: 'number',
        description:
          'Event time at which it was known: the end of the tick. Milliseconds since 1970, as all times here.',
      },
      sinceMs: {
        type: 'number',
        description: 'When the state it speaks of began: the last sale for an empty shelf.',
      },
      expectedAtMs: {
        type: ['number', 'null'],
        description: '`coming`: when the shelf is expected to be empty; else null.',
      },
      actByMs: {
        type: ['number', 'null'],
        description:
          '`coming`: until when a refill still comes in time, null when no way to refill is known; else null.',
      },
      probability: { type: 'number', description: 'Calibrated P(state), 0..1.' },
      onHandRecord: {
        type: ['number', 'null'],
        description: 'Units on hand by the record, null when no record is known.',
      },
      onHandEstimate: {
        type: ['number', 'null'],
        description: 'Units that probably stand there, null when no record is known.',
      },
      demandPerHour: { type: 'number' },
      lostUnits: {
        type: 'number',
        description: 'Units not sold between sinceMs and atMs for want of stock, with an 80 % interval.',
      },
      lostUnitsLow: { type: 'number' },
      lostUnitsHigh: { type: 'number' },
      lostSalesPerHour: {
        type: ['number', 'null'],
        description: 'Units per hour times price, null when no price is known.',
      },
      lostSales: {
        type: ['number', 'null'],
        description: 'lostUnits times price, null when no price is known, with the interval of the units.',
      },
      lostSalesLow: { type: ['number', 'null'] },
      lostSalesHigh: { type: ['number', 'null'] },
      valuePerMinute: {
        type: ['number', 'null'],
        description:
          'Money that acting a minute earlier saves: probability times lostSalesPerHour / 60. What lists are ranked by.',
      },
      currency: { type: ['string', 'null'] },
      evidence: { type: 'array', items: { $ref: '#/components/schemas/Evidence' } },
      causes: {
        type: 'array',
        items: { $ref: '#/components/schemas/Cause' },
        description: 'Empty when nothing can be said.',
      },
      soldLast24h: {
        type: 'array',
        items: { type: 'number' },
        description: 'Units sold and units expected in each of the last 24 hours before atMs, oldest first.',
      },
      expectedLast24h: { type: 'array', items: { type: 'number' } },
      modelVersion: { type: 'string' },
      arm: { $ref: '#/components/schemas/Arm' },
      receipt: {
        anyOf: [{ $ref: '#/components/schemas/Receipt' }, { type: 'null' }],
        description: 'Null: an older version made it.',
      },
      storeName: { type: ['string', 'null'] },
      itemName: { type: ['string', 'null'] },
      bay: {
        type: ['string', 'null'],
        description: 'Where the item stands in the store, as its people say it; null: nobody said.',
      },
      lastVerdict: {
        anyOf: [{ $ref: '#/components/schemas/VerdictView' }, { type: 'null' }],
        description: 'The last one that was not taken back.',
      },
      taken: {
        anyOf: [{ $ref: '#/components/schemas/TakingView' }, { type: 'null' }],
        description: 'Somebody is on the way to look; null: nobody said so.',
      },
      incidentId: {
        type: ['string', 'null'],
        description: 'Open incident that it is part of, or that keeps us from seeing its store.',
      },
    },
    required: [
      'actByMs',
      'arm',
      'atMs',
      'bay',
      'causes',
      'currency',
      'demandPerHour',
      'environment',
      'episodeId',
      'evidence',
      'expectedAtMs',
      'expectedLast24h',
      'incidentId',
      'itemId',
      'itemName',
      'kind',
      'lastVerdict',
      'lostSales',
      'lostSalesHigh',
      'lostSalesLow',
      'lostSalesPerHour',
      'lostUnits',
      'lostUnitsHigh',
      'lostUnitsLow',
      'modelVersion',
      'onHandEstimate',
      'onHandRecord',
      'probability',
      'receipt',
      'signalId',
      'sinceMs',
      'soldLast24h',
      'storeId',
      'storeName',
      'taken',
      'valuePerMinute',
    ],
    additionalProperties: false,
    description: 'A signal as clients get it. Names are null where the catalog does not say.',
  },
  OverviewAnswer: {
    type: 'object',
    properties: {
      nowMs: { type: 'number' },
      store: {
        anyOf: [
          {
            type: 'object',
            properties: { storeId: { type: 'string' }, sight: { $ref: '#/components/schemas/Sight' } },
            required: ['storeId', 'sight'],
            additionalProperties: false,
          },
          { type: 'null' },
        ],
        description:
          'What the numbers are of; null: of all stores. Where it is not `seen`, that little is lost says nothing of its shelves.',
      },
      lost: {
        type: 'array',
        items: { $ref: '#/components/schemas/LostNow' },
        description: 'By currency, the largest first.',
      },
      lostUnitsWithoutPrice: {
        type: 'number',
        description: 'What shelves without a price lose in an hour, in units.',
      },
      open: { $ref: '#/components/schemas/CountByKind' },
      openTotal: { type: 'number' },
      minutesToFix: {
        anyOf: [
          {
            type: 'object',
            properties: {
              median: { type: 'number' },
              p90: { type: ['number', 'null'] },
              episodes: { type: 'number' },
            },
            required: ['median', 'p90', 'episodes'],
            additionalProperties: false,
          },
          { type: 'null' },
        ],
        description:
          'Of episodes whose alert is within the last 24 hours and that are over; null where there is none.',
      },
      sources: {
        type: 'array',
        items: { $ref: '#/components/schemas/SourceView' },
        description: 'Of all stores: all but those that come seldom, the busiest first.',
      },
    },
    required: [
      'nowMs',
      'store',
      'lost',
      'lostUnitsWithoutPrice',
      'open',
      'openTotal',
      'minutesToFix',
      'sources',
    ],
    additionalProperties: false,
    description:
      "The five numbers of the board's top strip. Times are by the server's clock, which is not the reader's in a demo.",
  },
  Period: {
    type: 'object',
    properties: { fromMs: { type: 'number' }, untilMs: { type: 'number' } },
    required: ['fromMs', 'untilMs'],
    additionalProperties: false,
    description:
      'Episodes count where their alert is, verdicts where the look is: from `fromMs` on, before `untilMs`.',
  },
  PipelineAnswer: {
    type: 'object',
    properties: {
      nowMs: { type: 'number' },
      isBehind: {
        type: 'boolean',
        description: 'The lake did not answer the last time: this is what was known before.',
      },
      checkedUntilMs: {
        type: ['number', 'null'],
        description:
          'Event time up to which detection has looked at every store, null where it runs elsewhere.',
      },
      sources: {
        type: 'array',
        items: { $ref: '#/components/schemas/SourceView' },
        description: 'Busiest first.',
      },
      quarantine: { $ref: '#/components/schemas/TableRate' },
      lag: {
        type: 'array',
        items: { $ref: '#/components/schemas/PipelineLag' },
        description: 'Of pipelines in this process; empty where they run elsewhere.',
      },
    },
    required: ['nowMs', 'isBehind', 'checkedUntilMs', 'sources', 'quarantine', 'lag'],
    additionalProperties: false,
    description:
      'What comes in, how fast and how late. Times are by the clock of the shops but where they are said to be real.',
  },
  PipelineLag: {
    type: 'object',
    properties: {
      pipeline: { type: 'string' },
      stream: { type: 'string' },
      records: {
        type: ['number', 'null'],
        description: 'Not read yet; null where the stream does not number its records.',
      },
      seconds: {
        type: ['number', 'null'],
        description:
          'How old a record may be and not be read yet, of the partition that is furthest behind; null where that is not known.',
      },
    },
    required: ['pipeline', 'stream', 'records', 'seconds'],
    additionalProperties: false,
    description: 'How far a pipeline of this process is behind its stream.',
  },
  PrecisionRow: {
    type: 'object',
    properties: {
      confirmed: { type: 'number' },
      audited: { type: 'number' },
      estimate: {
        anyOf: [{ $ref: '#/components/schemas/Estimate' }, { type: 'null' }],
        description: 'Null: nothing was audited.',
      },
      kind: { $ref: '#/components/schemas/SignalKind' },
      storeId: { type: 'string' },
      band: { type: 'string' },
    },
    required: ['audited', 'band', 'confirmed', 'estimate', 'kind', 'storeId'],
    additionalProperties: false,
  },
  Problem: {
    type: 'object',
    properties: {
      type: { type: 'string', const: 'about:blank' },
      title: { type: 'string' },
      status: { type: 'number' },
      detail: { type: 'string' },
    },
    required: ['type', 'title', 'status', 'detail'],
    additionalProperties: {},
    description:
      'RFC 9457. `detail` says what to change; further members name the parameter at fault. `retryAfterSeconds` is a header too.',
  },
  QualityPage: {
    type: 'object',
    properties: {
      hours: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            hourMs: { type: 'number' },
            stream: { type: 'string' },
            subject: { type: 'string' },
            score: {
              type: ['number', 'null'],
              description:
                '0..100: share of the expectations that are met, by weight; null when nothing can be said of any.',
            },
            expectations: {
              type: 'array',
              items: {
                type: 'object',
                additionalProperties: false,
                properties: {
                  name: { type: 'string' },
                  kind: { $ref: '#/components/schemas/ExpectationKind' },
                  action: { $ref: '#/components/schemas/ExpectationAction' },
                  atLeast: {
                    type: 'number',
                    description: 'Share, 0..1, of what is checked that must be as expected.',
                  },
                  checked: { type: 'number' },
                  failed: { type: 'number' },
                  share: {
                    type: ['number', 'null'],
                    description:
                      'Of what was checked, the part that is as expected, 0..1; null for `volume`, and when nothing was checked.',
                  },
                  met: { type: ['boolean', 'null'], description: 'null: nothing can be said.' },
                },
                required: ['action', 'atLeast', 'checked', 'failed', 'kind', 'met', 'name', 'share'],
              },
            },
          },
          required: ['expectations', 'hourMs', 'score', 'stream', 'subject'],
          additionalProperties: false,
        },
        description: 'Newest first.',
      },
      nextCursor: { type: ['string', 'null'], description: 'For `cursor`, null on the last page.' },
    },
    required: ['hours', 'nextCursor'],
    additionalProperties: false,
  },
  QuarantineGroup: {
    type: 'object',
    additionalProperties: false,
    properties: {
      message: { type: 'string' },
      example: { type: 'string' },
      count: { type: 'number' },
      first: { type: 'string', description: 'When ingest read the first and the last of them.' },
      last: { type: 'string' },
      reason: { type: 'string' },
      subject: { type: 'string' },
      pointer: { type: 'string' },
      stream: { type: 'string' },
      producer: { type: 'string' },
    },
    required: [
      'count',
      'example',
      'first',
      'last',
      'message',
      'pointer',
      'producer',
      'reason',
      'stream',
      'subject',
    ],
    description: 'Rows that are alike, with what is said of the newest one.',
  },
  QuarantinePage: {
    type: 'object',
    properties: {
      total: { type: 'number' },
      groups: {
        type: 'array',
        items: { $ref: '#/components/schemas/QuarantineGroup' },
        description: 'The largest first.',
      },
      page: { type: 'number' },
      pages: { type: 'number' },
      rows: { type: 'array', items: { $ref: '#/components/schemas/ListedRow' } },
      groupsTotal: { type: 'number', description: 'All of them; `groups` has the largest.' },
      nextCursor: {
        type: ['string', 'null'],
        description:
          'For `cursor`, null on the last page. Unlike `page` it reaches every row, and rows that are refused meanwhile move nothing.',
      },
    },
    required: ['groups', 'groupsTotal', 'nextCursor', 'page', 'pages', 'rows', 'total'],
    additionalProperties: false,
  },
  Readiness: {
    type: 'object',
    properties: {
      ready: { type: 'boolean' },
      services: { type: 'object', additionalProperties: { $ref: '#/components/schemas/ServiceHealth' } },
    },
    required: ['ready', 'services'],
    additionalProperties: false,
  },
  Receipt: {
    type: 'object',
    properties: {
      stream: { type: 'string', description: 'Partition of the stream that detection read.' },
      partition: { type: 'string' },
      position: {
        type: 'string',
        description:
          'Of the record after which it was known, as decimal digits: positions may be of any size. Of a signal that the clock made: of the next record, which it had not seen.',
      },
      clockMs: {
        type: ['number', 'null'],
        description: 'What the clock said when it made the signal; null: a record did.',
      },
      ordinal: { type: 'number', description: 'How many signals of the partition came before it.' },
      modelHash: { type: 'string', description: 'Hash of the model: `_models/<hash>.json` of the lake.' },
      setup: { type: 'string', description: 'Hash of the settings: `_setup/<hash>.json` of the lake.' },
      software: { type: 'string', description: 'Version of Góndola.' },
    },
    required: ['stream', 'partition', 'position', 'clockMs', 'ordinal', 'modelHash', 'setup', 'software'],
    additionalProperties: false,
    description: 'From where a signal can be reached again: what it was made of, and by what.',
  },
  Refusal: {
    type: 'string',
    enum: [
      'not_json',
      'unknown_fact',
      'no_fact',
      'several_facts',
      'too_long',
      'number',
      'name',
      'markup',
      'negation',
      'wording',
    ],
    description: 'Why what a model wrote is not said.',
  },
  RepeatOffender: {
    type: 'object',
    properties: {
      itemId: { type: 'string' },
      itemName: { type: ['string', 'null'] },
      times: {
        type: 'number',
        description: 'Times it was found empty in the last seven days, yesterday the last of them.',
      },
      cause: {
        type: ['string', 'null'],
        enum: [
          'not_ordered',
          'ordered_not_delivered',
          'partial_delivery',
          'phantom_record',
          'in_backroom',
          'negative_stock',
          'unknown',
          null,
        ],
        description: 'Likeliest cause of the last time, null where nothing can be said.',
      },
      lost: {
        type: 'array',
        items: { $ref: '#/components/schemas/BriefMoney' },
        description: 'In these days; one for each currency, none where no price is known.',
      },
    },
    required: ['itemId', 'itemName', 'times', 'cause', 'lost'],
    additionalProperties: false,
    description: 'A shelf that went empty again and again.',
  },
  ReplayOutcome: {
    type: 'object',
    properties: {
      rows: { type: 'number' },
      passed: { type: 'number' },
      refused: {
        type: 'object',
        additionalProperties: { type: 'number' },
        description: 'Reason -> rows that are still refused.',
      },
    },
    required: ['rows', 'passed', 'refused'],
    additionalProperties: false,
    description: 'What became of rows that had one reason.',
  },
  ReplayResult: {
    type: 'object',
    properties: {
      records: { type: 'number', description: 'Judged again.' },
      passed: { type: 'number', description: 'Of them; they are in silver now, or would be.' },
      leftAlone: { type: 'number', description: 'Rows that failed too often.' },
      reasons: {
        type: 'object',
        additionalProperties: { $ref: '#/components/schemas/ReplayOutcome' },
        description: 'By the reason that they had.',
      },
    },
    required: ['records', 'passed', 'leftAlone', 'reasons'],
    additionalProperties: false,
  },
  ReplayView: {
    type: 'object',
    properties: {
      id: { type: 'string' },
      state: { type: 'string', enum: ['running', 'done', 'stopped', 'failed'] },
      dryRun: { type: 'boolean' },
      startedAt: { type: 'string' },
      endedAt: { type: ['string', 'null'] },
      records: { type: 'number', description: 'Judged so far.' },
      result: { anyOf: [{ $ref: '#/components/schemas/ReplayResult' }, { type: 'null' }] },
      error: {
        anyOf: [
          {
            type: 'object',
            properties: { code: { type: 'string' }, detail: { type: 'string' } },
            required: ['code', 'detail'],
            additionalProperties: false,
          },
          { type: 'null' },
        ],
        description: 'Why it failed. What was done before is done.',
      },
    },
    required: ['id', 'state', 'dryRun', 'startedAt', 'endedAt', 'records', 'result', 'error'],
    additionalProperties: false,
    description:
      'A replay as clients see it. `stopped`: the process ends; what was done is done, and the same request goes on.',
  },
  ReplaysAnswer: {
    type: 'object',
    properties: {
      replays: {
        type: 'array',
        items: { $ref: '#/components/schemas/ReplayView' },
        description: 'Of this process, the newest first.',
      },
    },
    required: ['replays'],
    additionalProperties: false,
  },
  RiskHour: {
    type: 'object',
    properties: {
      hour: { type: 'number', description: "Of the store's clock, 0 to 23." },
      hourMs: { type: 'number' },
      shelves: { type: 'number' },
      lostPerHour: {
        type: 'array',
        items: { $ref: '#/components/schemas/BriefMoney' },
        description: 'What they would lose in an hour, by currency.',
      },
      items: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            itemId: { type: 'string' },
            itemName: { type: ['string', 'null'] },
            signalId: { type: 'string' },
            probability: { type: 'number' },
            expectedAtMs: { type: 'number' },
            actByMs: {
              type: ['number', 'null'],
              description: 'Until when a refill still comes in time; null: no way to refill is known.',
            },
          },
          required: ['itemId', 'itemName', 'signalId', 'probability', 'expectedAtMs', 'actByMs'],
          additionalProperties: false,
        },
        description: 'Those that would lose most, at most three.',
      },
    },
    required: ['hour', 'hourMs', 'shelves', 'lostPerHour', 'items'],
    additionalProperties: false,
    description: 'What is expected to run out within an hour of today.',
  },
  ServiceHealth: {
    type: 'object',
    properties: {
      state: { $ref: '#/components/schemas/ServiceState' },
      detail: { type: 'string', description: 'One sentence for people; empty when healthy.' },
      sinceMs: { type: 'number' },
    },
    required: ['state', 'detail', 'sinceMs'],
    additionalProperties: false,
  },
  ServiceState: { type: 'string', enum: ['starting', 'healthy', 'disconnected', 'stopped'] },
  SessionView: {
    type: 'object',
    properties: {
      state: { type: 'string', enum: ['off', 'in', 'out'], description: '`off`: this api asks for no key.' },
      scopes: { type: 'array', items: { type: 'string' } },
    },
    required: ['state', 'scopes'],
    additionalProperties: false,
    description: 'Who the asker is taken for, by whatever the request carries.',
  },
  ShelfHour: {
    type: 'object',
    properties: {
      startMs: { type: 'number' },
      soldUnits: { type: 'number' },
      expectedUnits: { type: 'number', description: 'What would have sold from a full shelf.' },
      probability: {
        type: ['number', 'null'],
        description: 'P(state) of the signal that was open when the hour ended, null when none was.',
      },
      kind: { anyOf: [{ $ref: '#/components/schemas/SignalKind' }, { type: 'null' }] },
      onHandRecord: {
        type: ['number', 'null'],
        description:
          'Of the newest signal at the end of the hour, by the record and as it probably was; null where no record was known.',
      },
      onHandEstimate: { type: ['number', 'null'] },
    },
    required: [
      'startMs',
      'soldUnits',
      'expectedUnits',
      'probability',
      'kind',
      'onHandRecord',
      'onHandEstimate',
    ],
    additionalProperties: false,
    description: 'An hour of a shelf, as its signals tell it.',
  },
  ShelfView: {
    type: 'object',
    properties: {
      storeId: { type: 'string' },
      itemId: { type: 'string' },
      storeName: { type: ['string', 'null'] },
      city: { type: ['string', 'null'] },
      itemName: { type: ['string', 'null'] },
      bay: {
        type: ['string', 'null'],
        description: 'Where the item stands in the store, as its people say it; null: nobody said.',
      },
      open: {
        anyOf: [{ $ref: '#/components/schemas/NamedSignal' }, { type: 'null' }],
        description: 'Newest signal of the episode that is open, null when the shelf is well again.',
      },
      newest: { $ref: '#/components/schemas/NamedSignal' },
      history: {
        type: 'array',
        items: { $ref: '#/components/schemas/NamedSignal' },
        description: 'What is kept, newest first.',
      },
      hours: {
        type: 'array',
        items: { $ref: '#/components/schemas/ShelfHour' },
        description:
          'Sold, expected, on hand and probability, oldest first; hours of which no kept signal speaks are left out.',
      },
    },
    required: [
      'storeId',
      'itemId',
      'storeName',
      'city',
      'itemName',
      'bay',
      'open',
      'newest',
      'history',
      'hours',
    ],
    additionalProperties: false,
    description: 'One shelf. `newest` carries units sold and expected of the 24 hours before it.',
  },
  ShelvesAnswer: {
    type: 'object',
    properties: {
      shelves: {
        type: 'array',
        items: { $ref: '#/components/schemas/NamedSignal' },
        description: 'Open shelves, those that lose most first.',
      },
      total: { type: 'number', description: 'All of them, also those of other pages.' },
      nextCursor: {
        type: ['string', 'null'],
        description:
          'For `cursor`, null on the last page. A shelf whose loss changes meanwhile may come twice or be missed.',
      },
    },
    required: ['shelves', 'total', 'nextCursor'],
    additionalProperties: false,
  },
  Shift: {
    type: 'object',
    properties: { fromMs: { type: 'number' }, untilMs: { type: 'number' } },
    required: ['fromMs', 'untilMs'],
    additionalProperties: false,
  },
  ShownRecord: {
    type: 'object',
    properties: {
      subject: { type: ['string', 'null'], description: 'What was recognised of it, null where it was not.' },
      schemaVersion: { type: ['number', 'null'] },
      encoding: { anyOf: [{ $ref: '#/components/schemas/FrameEncoding' }, { type: 'null' }] },
      fields: {
        description: 'Its fields, as far as they can be read; null when not even the form could be.',
      },
      text: {
        type: ['string', 'null'],
        description:
          'Its text where it is no JSON: letters and digits that are not names of fields are masked.',
      },
      bytes: { type: 'number' },
      hex: {
        type: 'string',
        description: 'Its first bytes in hexadecimal, those that may be part of a value masked.',
      },
    },
    required: ['subject', 'schemaVersion', 'encoding', 'fields', 'text', 'bytes', 'hex'],
    additionalProperties: false,
    description: 'A record for people, without what is personal and without what might be.',
  },
  ShownRow: {
    type: 'object',
    properties: {
      id: { type: 'string' },
      producer: { type: 'string' },
      stage: { type: 'string' },
      reason: { type: 'string' },
      pointer: { type: 'string' },
      message: { type: 'string' },
      explanation: { type: 'string' },
      subject: { type: ['string', 'null'] },
      schemaVersion: { type: ['number', 'null'] },
      sent: { type: 'string' },
      seen: { type: 'string' },
      replays: { type: 'number' },
      keyBytes: { type: ['number', 'null'] },
      headers: {
        type: 'array',
        items: {
          type: 'object',
          properties: { name: { type: 'string' }, value: { type: 'string' } },
          required: ['name', 'value'],
          additionalProperties: false,
        },
      },
      record: { $ref: '#/components/schemas/ShownRecord' },
    },
    required: [
      'id',
      'producer',
      'stage',
      'reason',
      'pointer',
      'message',
      'explanation',
      'subject',
      'schemaVersion',
      'sent',
      'seen',
      'replays',
      'keyBytes',
      'headers',
      'record',
    ],
    additionalProperties: false,
  },
  Sight: {
    type: 'string',
    enum: ['seen', 'no_data', 'closed'],
    description:
      'no_data: nothing is known of its shelves. closed: nobody sells there now, so no shelf of it can be told to be empty.',
  },
  SignalKind: {
    type: 'string',
    enum: ['out_of_stock', 'phantom', 'silent', 'coming', 'recovered', 'partial'],
    description:
      'out_of_stock: record and shelf empty. phantom: the record says stock, the shelf is empty. silent: sales gap, no record known. coming: will run out within the horizon. partial: sells far below what is expected, and yet sells. recovered: an earlier signal of this shelf ended.',
  },
  SignalsPage: {
    type: 'object',
    properties: {
      signals: {
        type: 'array',
        items: { $ref: '#/components/schemas/NamedSignal' },
        description: 'Newest first.',
      },
      nextCursor: { type: ['string', 'null'], description: 'For `cursor`, null on the last page.' },
    },
    required: ['signals', 'nextCursor'],
    additionalProperties: false,
  },
  Source: {
    type: 'object',
    properties: {
      kind: {
        type: 'string',
        enum: [
          'signal',
          'incident',
          'verdict',
          'kpi',
          'count',
          'quality',
          'quarantine',
          'contract',
          'runbook',
        ],
      },
      id: { type: 'string' },
      link: { type: 'string', description: 'Path of this api that answers it.' },
      pointer: {
        type: 'string',
        description: 'JSON pointer to the value within that answer; of a quote: to the text that has it.',
      },
      value: {
        type: ['number', 'string', 'null'],
        description: 'What stands there; null also where a quote is cited.',
      },
      shown: { type: 'string', description: 'As the sentence shows it.' },
      quote: {
        type: ['string', 'null'],
        description: 'Word for word what a contract or runbook says; null for rows.',
      },
    },
    required: ['kind', 'id', 'link', 'pointer', 'value', 'shown', 'quote'],
    additionalProperties: false,
    description: 'Where a sentence has something from, so that anybody can follow it.',
  },
  SourceView: {
    type: 'object',
    properties: {
      subject: { type: 'string' },
      lastEventMs: { type: 'number', description: 'Of the newest event, by the clock of the shops.' },
      secondsSinceEvent: { type: 'number' },
      level: {
        type: 'string',
        enum: ['fresh', 'late', 'silent', 'quiet', 'seldom', 'unknown'],
        description:
          "How old the newest event is, by the source's own pace. fresh: as old as usual. late, silent: longer than it usually takes, and much longer. quiet: late, and at this hour nothing is expected: every store is closed, or nothing came either the day before or a week ago. seldom: it comes too seldom to have a pace. unknown: its pace is not known yet, since too little of it came while somebody looked.",
      },
      secondsSinceCommit: {
        type: 'number',
        description: 'Since the lake got something of it, in real time.',
      },
      rowsPerMinute: {
        type: 'number',
        description: 'Of the last ten minutes, in real time; a receipt of three lines is three rows.',
      },
    },
    required: ['subject', 'lastEventMs', 'secondsSinceEvent', 'level', 'secondsSinceCommit', 'rowsPerMinute'],
    additionalProperties: false,
    description: 'One kind of event, as silver has it.',
  },
  StoreShelvesAnswer: {
    type: 'object',
    properties: {
      storeId: { type: 'string' },
      open: {
        type: 'array',
        items: { $ref: '#/components/schemas/NamedSignal' },
        description: 'Those that lose most first.',
      },
      well: {
        type: 'array',
        items: { $ref: '#/components/schemas/WellShelf' },
        description: 'Of which a signal was open, since when none is any more; after the open ones, by item.',
      },
      nextCursor: {
        type: ['string', 'null'],
        description:
          'For `cursor`, null on the last page. A shelf that opens, closes or loses more meanwhile may come twice or be missed.',
      },
    },
    required: ['storeId', 'open', 'well', 'nextCursor'],
    additionalProperties: false,
  },
  StoreSummary: {
    type: 'object',
    properties: {
      storeId: { type: 'string' },
      name: { type: ['string', 'null'] },
      city: { type: ['string', 'null'] },
      open: { $ref: '#/components/schemas/CountByKind' },
      openTotal: { type: 'number' },
      lost: { $ref: '#/components/schemas/LossPerHour' },
      lastSignalAtMs: {
        type: ['number', 'null'],
        description:
          'Event time of its newest signal; null: the catalog knows the store, but no signal ever came.',
      },
      sight: { $ref: '#/components/schemas/Sight' },
    },
    required: ['storeId', 'name', 'city', 'open', 'openTotal', 'lost', 'lastSignalAtMs', 'sight'],
    additionalProperties: false,
  },
  StoresAnswer: {
    type: 'object',
    properties: {
      stores: {
        type: 'array',
        items: { $ref: '#/components/schemas/StoreSummary' },
        description: 'Every store of the catalog or of a signal, those with most open shelves first.',
      },
      total: { type: 'number', description: 'All of them, also those of other pages.' },
      nextCursor: {
        type: ['string', 'null'],
        description:
          'For `cursor`, null on the last page. A store where shelves open or close meanwhile may come twice or be missed.',
      },
    },
    required: ['stores', 'total', 'nextCursor'],
    additionalProperties: false,
  },
  TableColumn: {
    type: 'object',
    properties: { name: { type: 'string' }, type: { type: 'string', description: 'As Delta names it.' } },
    required: ['name', 'type'],
    additionalProperties: false,
  },
  TableContract: {
    type: 'object',
    properties: {
      subject: { type: 'string' },
      owner: { type: 'string' },
      compatibility: { type: 'string' },
      versions: {
        type: 'array',
        items: { type: 'number' },
        description: 'Versions that are known, and the first and the last of them in the rows.',
      },
      oldestInRows: { type: ['number', 'null'] },
      newestInRows: { type: ['number', 'null'] },
    },
    required: ['subject', 'owner', 'compatibility', 'versions', 'oldestInRows', 'newestInRows'],
    additionalProperties: false,
  },
  TableRate: {
    type: 'object',
    properties: { secondsSinceCommit: { type: ['number', 'null'] }, rowsPerMinute: { type: 'number' } },
    required: ['secondsSinceCommit', 'rowsPerMinute'],
    additionalProperties: false,
  },
  TakingView: {
    type: 'object',
    properties: {
      eventId: { type: 'string', description: 'Of the verdict TAKEN: what an UNDO names.' },
      channel: { type: ['string', 'null'], description: 'Where it was said, e.g. `card` or `board`.' },
      atMs: { type: 'number' },
      untilMs: { type: 'number', description: 'Then it ends by itself.' },
    },
    required: ['eventId', 'channel', 'atMs', 'untilMs'],
    additionalProperties: false,
    description: "Somebody is on the way to a shelf. Who it is is nobody's business here.",
  },
  TasksAnswer: {
    type: 'object',
    properties: {
      storeId: { type: 'string' },
      storeName: { type: ['string', 'null'] },
      nowMs: { type: 'number' },
      shift: { $ref: '#/components/schemas/Shift' },
      perShift: { type: 'number', description: 'Tasks of a shift, those that were done counted.' },
      done: { type: 'number', description: 'Shelves that somebody has looked at in this shift.' },
      left: { type: 'number', description: 'Open shelves beyond these.' },
      sight: {
        $ref: '#/components/schemas/Sight',
        description: 'Where it is not `seen`, an empty list says nothing of the shelves.',
      },
      opensAtMs: {
        type: ['number', 'null'],
        description:
          'When a store that is closed by the catalog opens next; null: it is open, or nobody says when it will be.',
      },
      tasks: {
        type: 'array',
        items: { $ref: '#/components/schemas/NamedSignal' },
        description:
          'What saves most by being looked at a minute earlier comes first; where somebody is on the way already, after the others.',
      },
    },
    required: [
      'storeId',
      'storeName',
      'nowMs',
      'shift',
      'perShift',
      'done',
      'left',
      'sight',
      'opensAtMs',
      'tasks',
    ],
    additionalProperties: false,
    description: 'What one store is asked to look at in this shift.',
  },
  VerdictView: {
    type: 'object',
    properties: {
      eventId: { type: 'string' },
      signalId: { type: ['string', 'null'] },
      checkId: { type: ['string', 'null'] },
      storeId: { type: 'string' },
      itemId: { type: 'string' },
      verdict: { $ref: '#/components/schemas/VerdictWord' },
      undoes: { type: ['string', 'null'] },
      atMs: { type: 'number' },
      channel: { type: ['string', 'null'] },
      undone: { type: 'boolean', description: 'Somebody took it back.' },
    },
    required: [
      'eventId',
      'signalId',
      'checkId',
      'storeId',
      'itemId',
      'verdict',
      'undoes',
      'atMs',
      'channel',
      'undone',
    ],
    additionalProperties: false,
    description: "A verdict as clients get it: who said it is nobody's business here.",
  },
  VerdictWord: {
    type: 'string',
    enum: ['FILLED', 'NONE_IN_STORE', 'IT_WAS_THERE', 'CANNOT_CHECK', 'UNDO', 'TAKEN'],
    description:
      'FILLED: was empty, is full now. NONE_IN_STORE: empty, and nothing to fill it with. IT_WAS_THERE: not empty. CANNOT_CHECK: nobody could look. UNDO: takes an earlier verdict back. TAKEN: nobody has looked yet, but somebody is on the way.',
  },
  VerdictsAnswer: {
    type: 'object',
    properties: {
      verdicts: {
        type: 'array',
        items: { $ref: '#/components/schemas/VerdictView' },
        description: 'Newest first.',
      },
      nextCursor: { type: ['string', 'null'], description: 'For `cursor`, null on the last page.' },
    },
    required: ['verdicts', 'nextCursor'],
    additionalProperties: false,
  },
  WellShelf: {
    type: 'object',
    properties: {
      itemId: { type: 'string' },
      sinceMs: { type: 'number', description: 'Time of its newest signal.' },
    },
    required: ['itemId', 'sinceMs'],
    additionalProperties: false,
  },
};
