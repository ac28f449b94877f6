import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** What a process counts, in Prometheus' terms; docs/operating.md explains each. */
export interface Metrics {
  readonly registry: Registry
  readonly attempts: Counter<'stage' | 'outcome'>
  readonly stageSeconds: Histogram<'stage'>
  readonly audioSeconds: Counter<'stage'>
  readonly segments: Counter<'space' | 'outcome'>
  readonly searches: Histogram<'mode' | 'by'>
  readonly recordings: Gauge<'state'>
  readonly queueJobs: Gauge<'queue' | 'state'>
  readonly dispatched: Counter<'stage' | 'priority'>
  readonly retries: Counter<'stage' | 'code'>
  readonly deaths: Counter<'kind'>
  readonly held: Gauge<'stage'>
  readonly sourcesHeld: Gauge
  readonly backlog: Gauge<'stage' | 'source'>
  readonly backlogOldest: Gauge<'stage' | 'source'>
  readonly recallMean: Gauge<'space'>
  readonly recallMin: Gauge<'space'>
  readonly recallSamples: Gauge<'space'>
}

/** A registry of its own per platform: two in one process (tests) do not collide. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  return {
    registry,
    attempts: new Counter({
      name: 'coro_attempts_total',
      help: 'Attempts of a stage that ended, by outcome',
      labelNames: ['stage', 'outcome'],
      registers,
    }),
    stageSeconds: new Histogram({
      name: 'coro_stage_seconds',
      help: 'Wall time of one attempt of a stage, seconds',
      labelNames: ['stage'],
      buckets: [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000],
      registers,
    }),
    audioSeconds: new Counter({
      name: 'coro_audio_seconds_total',
      help: 'Seconds of audio that went through a stage',
      labelNames: ['stage'],
      registers,
    }),
    segments: new Counter({
      name: 'coro_segments_total',
      help: 'Segments finished in a space, embedded or silent',
      labelNames: ['space', 'outcome'],
      registers,
    }),
    searches: new Histogram({
      name: 'coro_search_seconds',
      help: 'Time of a search in the database, seconds',
      labelNames: ['mode', 'by'],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
      registers,
    }),
    recordings: new Gauge({
      name: 'coro_recordings',
      help: 'Recordings by state',
      labelNames: ['state'],
      registers,
    }),
    queueJobs: new Gauge({
      name: 'coro_queue_jobs',
      help: 'Jobs in a queue by state; waiting includes prioritised and paused ones',
      labelNames: ['queue', 'state'],
      registers,
    }),
    dispatched: new Counter({
      name: 'coro_dispatched_total',
      help: 'Jobs that the dispatcher put into a queue',
      labelNames: ['stage', 'priority'],
      registers,
    }),
    retries: new Counter({
      name: 'coro_retries_total',
      help: 'Attempts that failed and come again, by what went wrong',
      labelNames: ['stage', 'code'],
      registers,
    }),
    deaths: new Counter({
      name: 'coro_worker_deaths_total',
      help: 'Recordings that were in hand when their worker died: alone, or shared with others',
      labelNames: ['kind'],
      registers,
    }),
    held: new Gauge({
      name: 'coro_stage_held',
      help: '1 where this process takes no jobs of a stage because its surroundings are at fault',
      labelNames: ['stage'],
      registers,
    }),
    sourcesHeld: new Gauge({
      name: 'coro_sources_held',
      help: 'Sources that are left alone because their storage does not answer',
      registers,
    }),
    backlog: new Gauge({
      name: 'coro_backlog_recordings',
      help: 'Recordings that wait for a stage, by source',
      labelNames: ['stage', 'source'],
      registers,
    }),
    backlogOldest: new Gauge({
      name: 'coro_backlog_oldest_seconds',
      help: 'How long ago the recording was found that has waited longest',
      labelNames: ['stage', 'source'],
      registers,
    }),
    recallMean: new Gauge({
      name: 'coro_search_recall_mean',
      help: 'Recall@10 of HNSW against exact search for stored segments, mean of the last samples',
      labelNames: ['space'],
      registers,
    }),
    recallMin: new Gauge({
      name: 'coro_search_recall_min',
      help: 'Recall@10 of HNSW against exact search for stored segments, least of the last samples',
      labelNames: ['space'],
      registers,
    }),
    recallSamples: new Gauge({
      name: 'coro_search_recall_samples',
      help: 'Searches that the recall is taken from, 100 at most',
      labelNames: ['space'],
      registers,
    }),
  }
}
