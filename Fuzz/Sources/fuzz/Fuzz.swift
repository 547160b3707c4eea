import CFuzzer
import Foundation

/// What is fuzzed: a function that takes any bytes and traps when they show a mistake.
enum Target: String, CaseIterable {
  case multipart
  case json
  case urlencoded
  case pictures
  case planted

  func run(_ bytes: [UInt8]) {
    switch self {
    case .multipart: fuzzMultipart(bytes)
    case .json: fuzzJSON(bytes)
    case .urlencoded: fuzzURLEncoded(bytes)
    case .pictures: fuzzPictures(bytes)
    case .planted: fuzzPlanted(bytes)
    }
  }
}

/// `fuzz TARGET [libFuzzer's options and corpus folders]`; without a target it lists them.
@main
struct Fuzz {
  nonisolated(unsafe) static var target = Target.multipart

  static func main() {
    guard CommandLine.arguments.count > 1, let target = Target(rawValue: CommandLine.arguments[1])
    else {
      for target in Target.allCases where target != .planted { print(target.rawValue) }
      return
    }
    // Set once, before the only thread that reads it starts its loop.
    self.target = target
    var arguments = [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)
    // libFuzzer starts itself again with these arguments for some of its jobs.
    arguments.append("-ignore_remaining_args=1")
    var count = Int32(arguments.count)
    let texts = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
      capacity: arguments.count + 1
    )
    for (index, text) in arguments.enumerated() { texts[index] = strdup(text) }
    texts[arguments.count] = nil
    var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = texts
    exit(
      LLVMFuzzerRunDriver(&count, &list) { start, count in
        Fuzz.target.run(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
      }
    )
  }
}

/// A mistake six bytes deep, to show that mistakes are found: chance alone would need weeks.
private func fuzzPlanted(_ bytes: [UInt8]) {
  guard bytes.count == 6 else { return }
  // A branch for each byte, so that each right one is new coverage.
  guard bytes[0] == UInt8(ascii: "a") else { return }
  guard bytes[1] == UInt8(ascii: "r") else { return }
  guard bytes[2] == UInt8(ascii: "t") else { return }
  guard bytes[3] == UInt8(ascii: "e") else { return }
  guard bytes[4] == UInt8(ascii: "l") else { return }
  expect(bytes[5] != UInt8(ascii: "!"), "Found.")
}

/// Ends the process as a finding.
func expect(_ condition: Bool, _ what: @autoclosure () -> String) {
  guard condition else { fatalError(what()) }
}
