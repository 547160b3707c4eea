/// The colors a member chose for pages.
public enum Theme: String, Sendable, CaseIterable {
  /// Dark on light.
  case light
  /// Light on dark.
  case dark
  /// As the device says; the default.
  case automatic = "auto"
}
