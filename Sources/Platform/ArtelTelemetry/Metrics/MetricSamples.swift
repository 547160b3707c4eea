/// Values of metrics that are asked for when somebody looks, instead of being counted on the way.
public struct MetricSamples: Sendable {
  struct Sample: Sendable {
    let family: MetricFamily
    let values: [String]
    let number: Double
  }

  private(set) var all: [Sample] = []

  init() {}

  /// Adds the value of a counter or a gauge.
  ///
  /// - Parameters:
  ///   - family: Declared together with what collects it.
  ///   - number: In the unit of the metric's name.
  ///   - labels: One value for each label, in order.
  public mutating func add(_ family: MetricFamily, _ number: Double, _ labels: String...) {
    precondition(
      labels.count == family.labels.count && family.kind != .histogram,
      "\(family.name) has other labels."
    )
    all.append(Sample(family: family, values: labels, number: number))
  }

  /// The same for whole numbers.
  public mutating func add(_ family: MetricFamily, _ number: Int, _ labels: String...) {
    precondition(
      labels.count == family.labels.count && family.kind != .histogram,
      "\(family.name) has other labels."
    )
    all.append(Sample(family: family, values: labels, number: Double(number)))
  }
}
