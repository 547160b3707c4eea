import ArtelConcurrency
import Synchronization

/// All metrics of one process.
///
/// Instruments are made once, when parts are put together, and kept by what uses them: nothing is
/// looked up while requests run. What is known anyway is collected when somebody looks:
/// ```swift
/// let open = MetricFamily(.gauge, "artel_sockets_open", help: "Open sockets.")
/// registry.collect([open]) { samples in samples.add(open, sockets.count) }
/// ```
public final class MetricRegistry: Sendable {
  enum Instrument: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
  }

  private struct Series: Sendable {
    let values: [String]
    let instrument: Instrument
  }

  private struct Collector: Sendable {
    let families: [MetricFamily]
    let work: LimitedWork<MetricSamples>
  }

  private struct State {
    var families: [String: MetricFamily] = [:]
    var series: [String: [Series]] = [:]
    var collectors: [Collector] = []
  }

  /// How long a page waits for what collects; what is later is left out.
  private static let limit = Duration.seconds(1)

  private let state = Mutex(State())

  /// Makes a registry without metrics.
  public init() {}

  /// A counter; the same one for the same labels.
  ///
  /// - `labels`: One value for each label of the family, in order.
  public func counter(_ family: MetricFamily, _ labels: String...) -> Counter {
    let made = instrument(family, .counter, labels) { .counter(Counter()) }
    guard case .counter(let counter) = made else { preconditionFailure("\(family.name)") }
    return counter
  }

  /// A gauge; the same one for the same labels.
  ///
  /// - `labels`: One value for each label of the family, in order.
  public func gauge(_ family: MetricFamily, _ labels: String...) -> Gauge {
    let made = instrument(family, .gauge, labels) { .gauge(Gauge()) }
    guard case .gauge(let gauge) = made else { preconditionFailure("\(family.name)") }
    return gauge
  }

  /// A histogram; the same one for the same labels.
  ///
  /// - Parameters:
  ///   - family: What it tells.
  ///   - bounds: Upper ends of its ranges, in seconds, going up.
  ///   - labels: One value for each label of the family, in order.
  /// - Returns: The same one for the same labels.
  public func histogram(
    _ family: MetricFamily,
    bounds: [Double] = Histogram.requestBounds,
    _ labels: String...
  ) -> Histogram {
    let made = instrument(family, .histogram, labels) { .histogram(Histogram(bounds: bounds)) }
    guard case .histogram(let histogram) = made else { preconditionFailure("\(family.name)") }
    return histogram
  }

  /// Has the values of metrics collected when somebody looks.
  ///
  /// - Parameters:
  ///   - families: All metrics that `body` may add; shown even while it adds nothing.
  ///   - body: Adds the values. One that takes more than a second is left out of the page, and is
  ///     not started again before it has ended.
  public func collect(
    _ families: [MetricFamily],
    _ body: @escaping @Sendable (inout MetricSamples) async -> Void
  ) {
    let work = LimitedWork(limit: Self.limit) {
      var samples = MetricSamples()
      await body(&samples)
      return samples
    }
    state.withLock { state in
      for family in families { Self.declare(family, &state) }
      state.collectors.append(Collector(families: families, work: work))
    }
  }

  /// Every metric that was declared, by name.
  public var families: [MetricFamily] {
    state.withLock { state in state.families.values.sorted { $0.name < $1.name } }
  }

  /// All metrics in the text format of Prometheus, version 0.0.4.
  public func exposition() async -> [UInt8] {
    let (series, collectors) = state.withLock { ($0.series, $0.collectors) }
    let collected = await withTaskGroup(of: MetricSamples?.self) { group in
      for collector in collectors {
        group.addTask { await collector.work.value() }
      }
      var samples: [String: [MetricSamples.Sample]] = [:]
      for await found in group {
        for sample in found?.all ?? [] { samples[sample.family.name, default: []].append(sample) }
      }
      return samples
    }
    var page = MetricPage()
    for family in families {
      page.head(family)
      for series in series[family.name] ?? [] {
        page.add(series.instrument, of: family, series.values)
      }
      for sample in collected[family.name] ?? [] {
        page.add(sample.number, family.name, family.labels, sample.values)
      }
    }
    return page.bytes
  }

  private func instrument(
    _ family: MetricFamily,
    _ kind: MetricFamily.Kind,
    _ labels: [String],
    make: () -> Instrument
  ) -> Instrument {
    precondition(
      family.kind == kind && labels.count == family.labels.count,
      "\(family.name) is a \(family.kind.rawValue) with the labels \(family.labels)."
    )
    return state.withLock { state in
      Self.declare(family, &state)
      if let known = state.series[family.name]?.first(where: { $0.values == labels }) {
        return known.instrument
      }
      let instrument = make()
      state.series[family.name, default: []].append(
        Series(values: labels, instrument: instrument)
      )
      return instrument
    }
  }

  private static func declare(_ family: MetricFamily, _ state: inout State) {
    let known = state.families[family.name] ?? family
    precondition(known == family, "\(family.name) was declared in another way.")
    state.families[family.name] = family
  }
}
