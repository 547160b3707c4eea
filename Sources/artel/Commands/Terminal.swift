import ArtelTelemetry
import Foundation

/// The operator's terminal.
enum Terminal {
  /// Asks on standard error and reads one line of standard input; true for `yes`.
  static func confirms(_ question: String) -> Bool {
    LineWriter.standardError.write("\(question) Type yes: ")
    return readLine(strippingNewline: true) == "yes"
  }

  /// Prints a value for programs: keys in snake case and sorted, times in ISO 8601.
  static func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    encoder.keyEncodingStrategy = .convertToSnakeCase
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// Asks for a password and reads one line of standard input; what is typed does not show.
  static func readPassword() -> String? {
    guard isatty(0) == 1 else { return readLine(strippingNewline: true) }
    LineWriter.standardError.write("Password: ")
    var shown = termios()
    tcgetattr(0, &shown)
    var hidden = shown
    hidden.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(0, TCSANOW, &hidden)
    defer {
      tcsetattr(0, TCSANOW, &shown)
      LineWriter.standardError.write("\n")
    }
    return readLine(strippingNewline: true)
  }
}
