public import FoundationEssentials

/// Numbers, dates and sizes as texts of a language.
public struct LocalFormat {
  let language: Language

  /// The format of a language.
  public init(language: Language) {
    self.language = language
  }

  /// Groups digits by thousands: `12,345` and `12 345` (no-break space).
  func number(_ number: Int) -> String {
    let digits = Array(String(number.magnitude).utf8)
    var text: [UInt8] = number < 0 ? [UInt8(ascii: "-")] : []
    let separator = Array((language == .english ? "," : "\u{A0}").utf8)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(contentsOf: separator) }
      text.append(digit)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// A size with one decimal: `2.4 MB` and `2,4 МБ`; units of 1024 bytes.
  func bytes(_ count: Int, strings: StringCatalog) -> String {
    var value = Double(count)
    var unit = 0
    while abs(value) >= 1024, unit < 3 {
      value /= 1024
      unit += 1
    }
    let key = "bytes." + ["b", "kb", "mb", "gb"][unit]
    return strings.text(key, in: language, ["value": unit == 0 ? "\(count)" : oneDecimal(value)])
  }

  private func oneDecimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let separator = language == .english ? "." : ","
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10)\(separator)\(abs(tenths % 10))"
  }

  /// `3 May 2026` and `3 мая 2026`, in UTC.
  public func day(_ date: Date) -> String {
    let parts = Timestamp(date)
    return "\(parts.day) \(monthNames[parts.month - 1]) \(parts.year)"
  }

  /// `3 May 2026, 14:05` and `3 мая 2026, 14:05`, in UTC.
  func dayAndTime(_ date: Date) -> String {
    let parts = Timestamp(date)
    let minute = parts.minute < 10 ? "0\(parts.minute)" : "\(parts.minute)"
    let hour = parts.hour < 10 ? "0\(parts.hour)" : "\(parts.hour)"
    return "\(day(date)), \(hour):\(minute)"
  }

  private var monthNames: [String] {
    switch language {
    case .english:
      [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
      ]
    case .russian:
      [
        "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
        "октября", "ноября", "декабря",
      ]
    }
  }
}
