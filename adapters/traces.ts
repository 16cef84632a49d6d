/**
 * Traces by OpenTelemetry, sent by OTLP over HTTP to a collector. Loaded only where there is one. Sampling, headers and
 * batches follow the standard `OTEL_*` variables, which the libraries read themselves.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  DiagLogLevel,
  diag,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Log, TracedWork, Traces } from '../provider/flows/ports.ts';

export interface OpenTraces extends Traces {
  /** Sends what waits to be sent; what can't be is lost, with a line in the log. */
  stop(): Promise<void>;
}

const KINDS = { answer: SpanKind.SERVER, ask: SpanKind.CLIENT, work: SpanKind.INTERNAL } as const;

/** W3C Trace Context §3.2. */
const TRACE_PARENT = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;

/** `endpoint` is the collector's address, without the path of a signal. */
export function openTraces(endpoint: string, log: Log): OpenTraces {
  listenToFaults(log);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'kapu' }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` })),
    ],
  });
  const tracer = provider.getTracer('kapu');
  const present = new AsyncLocalStorage<Span>();

  function begin({ name, kind, facts = {}, cause, apart }: TracedWork): Span {
    const parent = apart ? undefined : present.getStore();
    const context = parent ? trace.setSpan(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
    return tracer.startSpan(
      name,
      { kind: KINDS[kind], attributes: { ...facts }, links: linksTo(cause) },
      context,
    );
  }

  return {
    async within(work, run) {
      const span = begin(work);
      try {
        return await present.run(span, () =>
          run((name, facts) => {
            span.updateName(name);
            span.setAttributes(facts as Attributes);
          }),
        );
      } catch (error) {
        // Only what kind of fault: its words may hold anything.
        span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).name });
        throw error;
      } finally {
        span.end();
      }
    },
    stop: () =>
      provider.shutdown().catch((error: unknown) => log.warn({ cause: (error as Error).message }, 'traces')),
  };
}

/** A caller's trace is pointed at and never gone on with: a stranger must not choose what is traced, nor among what. */
function linksTo(cause: string | undefined) {
  const [, traceId = '', spanId = '', flags = ''] = TRACE_PARENT.exec(cause ?? '') ?? [];
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(context) ? [{ context }] : [];
}

/** A collector that does not answer is the operator's affair; it holds up nobody. */
function listenToFaults(log: Log): void {
  const warn = (cause: string) => log.warn({ cause }, 'traces');
  const nothing = () => {};
  diag.setLogger(
    { error: warn, warn, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
