// swift-tools-version: 6.2
import PackageDescription

// Parsers of the platform, compiled anew with libFuzzer's coverage and AddressSanitizer: Web/ and
// Pictures/ are links to their files. `bin/fuzz` builds and runs it.

let instrumented = ["-sanitize=fuzzer,address"]

let package = Package(
  name: "fuzz",
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2")
  ],
  targets: [
    .target(name: "CFuzzer"),
    .executableTarget(
      name: "fuzz",
      dependencies: ["CFuzzer", .product(name: "NIOCore", package: "swift-nio")],
      swiftSettings: [
        .unsafeFlags(instrumented + ["-parse-as-library"]),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
      ],
      // gold, the default linker, breaks down over the sanitizer.
      linkerSettings: [.unsafeFlags(instrumented + ["-use-ld=lld"])]
    ),
  ],
  swiftLanguageModes: [.v6]
)
