/// A metric as Prometheus knows it: its name, what it counts, and the names of its labels.
///
/// Names follow Prometheus: `artel_<part>_<what>_<unit>`, in base units (seconds, bytes), counters
/// end in `_total`. Each stands in the table of `docs/operations/monitoring.md`.
public struct MetricFamily: Hashable, Sendable {
  /// How its values behave.
  public enum Kind: String, Sendable {
    /// Only grows; starts at 0 with the process.
    case counter
    /// Goes up and down.
    case gauge
    /// How often values fell into which range.
    case histogram
  }

  /// The name.
  public let name: String

  /// How its values behave.
  public let kind: Kind

  /// What it tells, in one sentence.
  public let help: String

  /// The names of its labels, in the order of their values.
  public let labels: [String]

  /// Declares a metric.
  ///
  /// - Parameters:
  ///   - kind: How its values behave.
  ///   - name: Letters, digits and underscores.
  ///   - help: What it tells, in one sentence.
  ///   - labels: The names of its labels; keep the number of their values small and fixed.
  public init(_ kind: Kind, _ name: String, help: String, labels: [String] = []) {
    precondition(
      (name.utf8.first ?? 0) > 0x39 && name.utf8.allSatisfy(Self.isAllowed),
      "\(name) is no name for a metric."
    )
    self.kind = kind
    self.name = name
    self.help = help
    self.labels = labels
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
