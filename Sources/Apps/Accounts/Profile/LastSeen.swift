import FoundationEssentials

/// How long ago somebody was here, as others may know it: never to the minute.
enum LastSeen: String, Sendable, CaseIterable {
  /// Within 5 minutes.
  case now
  /// Within 24 hours.
  case day
  /// Within 7 days.
  case week
  /// Within 30 days.
  case month
  /// Longer ago.
  case earlier

  init(_ date: Date, at now: Date) {
    let days = now.timeIntervalSince(date) / 86_400
    self =
      switch days {
      case ..<(5.0 / 1440): .now
      case ..<1: .day
      case ..<7: .week
      case ..<30: .month
      default: .earlier
      }
  }
}
