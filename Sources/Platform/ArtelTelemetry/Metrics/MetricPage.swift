/// Writes metrics in the text format of Prometheus.
///
/// Source: Prometheus, exposition formats, text format 0.0.4.
struct MetricPage {
  private(set) var bytes: [UInt8] = []

  mutating func head(_ family: MetricFamily) {
    append("# HELP \(family.name) ")
    append(escaped: family.help, quote: false)
    append("\n# TYPE \(family.name) \(family.kind.rawValue)\n")
  }

  mutating func add(
    _ instrument: MetricRegistry.Instrument,
    of family: MetricFamily,
    _ values: [String]
  ) {
    switch instrument {
    case .counter(let counter):
      add(Double(counter.value), family.name, family.labels, values)
    case .gauge(let gauge):
      add(Double(gauge.value), family.name, family.labels, values)
    case .histogram(let histogram):
      let labels = family.labels + ["le"]
      // Read once: the count has to be that of the last bucket, also while others observe.
      let counts = histogram.bucketCounts
      var sum: UInt64 = 0
      for (bound, count) in zip(histogram.bounds, counts) {
        sum += count
        add(Double(sum), family.name + "_bucket", labels, values + [Self.text(bound)])
      }
      sum += counts.last ?? 0
      add(Double(sum), family.name + "_bucket", labels, values + ["+Inf"])
      add(histogram.sum, family.name + "_sum", family.labels, values)
      add(Double(sum), family.name + "_count", family.labels, values)
    }
  }

  mutating func add(_ number: Double, _ name: String, _ labels: [String], _ values: [String]) {
    append(name)
    if !labels.isEmpty {
      append("{")
      for (index, (label, value)) in zip(labels, values).enumerated() {
        append(index == 0 ? "\(label)=\"" : ",\(label)=\"")
        append(escaped: value, quote: true)
        append("\"")
      }
      append("}")
    }
    append(" \(Self.text(number))\n")
  }

  private static func text(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number > 0 ? "+Inf" : "-Inf" }
    return number.rounded() == number && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
  }

  private mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func append(escaped text: String, quote: Bool) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\"") where quote: append("\\\"")
      default: bytes.append(byte)
      }
    }
  }
}
