// swift-tools-version: 6.2
import PackageDescription

// One package, four kinds of target. The dependency law (docs/architecture.md) is enforced by
// `--explicit-target-dependency-import-check error` and by `bin/lint`.

// Steps of the type checker are counted, because they do not depend on the machine as time does
// (docs/decisions/0019-type-checking-counted-in-steps.md).
let strict: [SwiftSetting] =
  Context.environment["ARTEL_STRICT"] == nil
  ? []
  : [
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-Xfrontend", "-solver-scope-threshold=20000"]),
  ]

let settings: [SwiftSetting] =
  strict + [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ]

let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(
  name: "HummingbirdTesting",
  package: "hummingbird"
)
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle = Target.Dependency.product(
  name: "ServiceLifecycle",
  package: "swift-service-lifecycle"
)
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(
  name: "AsyncHTTPClient",
  package: "async-http-client"
)

func library(_ name: String, pkgConfig: String? = nil, apt: String? = nil) -> Target {
  .systemLibrary(
    name: name,
    path: "Sources/Platform/\(name)",
    pkgConfig: pkgConfig,
    providers: apt.map { [.apt([$0])] } ?? []
  )
}

func platform(
  _ name: String,
  _ dependencies: [Target.Dependency] = [],
  exclude: [String] = []
) -> Target {
  .target(
    name: name,
    dependencies: dependencies,
    path: "Sources/Platform/\(name)",
    exclude: exclude,
    swiftSettings: settings
  )
}

func contract(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name,
    dependencies: dependencies,
    path: "Sources/Contracts/\(name)",
    swiftSettings: settings
  )
}

func app(
  _ name: String,
  _ dependencies: [Target.Dependency],
  ownsData: Bool = true
) -> Target {
  .target(
    name: name,
    dependencies: dependencies,
    path: "Sources/Apps/\(name)",
    exclude: ownsData ? ["Migrations", "schema.sql"] : [],
    swiftSettings: settings
  )
}

func executable(
  _ name: String,
  _ dependencies: [Target.Dependency],
  linking libraries: [String] = []
) -> Target {
  .executableTarget(
    name: name,
    dependencies: dependencies,
    path: "Sources/\(name)",
    swiftSettings: settings,
    linkerSettings: libraries.map { .linkedLibrary($0) }
  )
}

func tests(
  _ name: String,
  in folder: String,
  _ dependencies: [Target.Dependency],
  exclude: [String] = []
) -> Target {
  .testTarget(
    name: name,
    dependencies: dependencies,
    path: "Tests/\(folder)/\(name)",
    exclude: exclude,
    swiftSettings: strict + [.enableUpcomingFeature("ExistentialAny")]
  )
}

let package = Package(
  name: "artel",
  products: [
    .executable(name: "artel", targets: ["artel"]),
    .executable(name: "artel-pictures", targets: ["artel-pictures"]),
    .executable(name: "artel-generate", targets: ["artel-generate"]),
    .library(name: "ArtelTesting", targets: ["ArtelTesting"]),
  ],
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
  ],
  targets: [
    library("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
    library("CArgon2", pkgConfig: "libargon2", apt: "libargon2-dev"),
    library("CCrypt", apt: "libcrypt-dev"),
    library("CArchive", apt: "libarchive-dev"),
    library("CFido2", pkgConfig: "libfido2", apt: "libfido2-dev"),
    library("CQREncode", pkgConfig: "libqrencode", apt: "libqrencode-dev"),
    library("CLinux"),
    library("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    .systemLibrary(
      name: "CVips",
      path: "Sources/Platform/CVips",
      pkgConfig: "vips",
      providers: [.apt(["libvips-dev"])]
    ),
    .target(name: "CPictures", dependencies: ["CVips"], path: "Sources/Platform/CPictures"),

    platform("ArtelIdentifiers"),
    platform("ArtelConcurrency", ["CLinux"]),
    platform(
      "ArtelTelemetry",
      [
        "ArtelIdentifiers", "ArtelConcurrency", asyncHTTPClient, logging, nioCore, nioHTTP1,
        nioPosix,
      ]
    ),
    platform(
      "ArtelPostgres",
      ["ArtelIdentifiers", "ArtelConcurrency", "CPostgres", "CLinux", deque, logging]
    ),
    platform("ArtelMigrations", ["ArtelPostgres", crypto, logging]),
    platform("ArtelModel", ["ArtelPostgres"]),
    platform(
      "ArtelEvents",
      ["ArtelPostgres", "ArtelIdentifiers", "ArtelConcurrency", "ArtelTelemetry", logging],
      exclude: ["Migrations"]
    ),
    platform("ArtelCluster", ["ArtelPostgres", "ArtelConcurrency", "CLinux", logging]),
    platform("ArtelCache", ["ArtelConcurrency"]),
    platform("ArtelStorage", ["ArtelConcurrency", crypto]),
    platform("ArtelArchive", ["ArtelConcurrency", "CArchive"]),
    platform("ArtelPictures", ["ArtelConcurrency", "CLinux", logging]),
    platform(
      "ArtelAuth",
      [
        "ArtelIdentifiers", "ArtelConcurrency", "CArgon2", "CCrypt", "CFido2", "CQREncode", jwtKit,
        crypto,
      ]
    ),
    platform("ArtelMail", ["ArtelConcurrency", "CCurl"]),
    platform("ArtelSearch", ["ArtelIdentifiers"]),
    platform("ArtelImports", ["ArtelIdentifiers", "ArtelPostgres"], exclude: ["Migrations"]),
    platform(
      "ArtelWeb",
      [
        "ArtelIdentifiers", "ArtelConcurrency", "ArtelTelemetry", "ArtelPostgres", "ArtelModel",
        hummingbird, mustache, crypto, logging, nioCore, nioHTTPTypes, nioWebSocket, httpTypes,
        deque,
      ],
      exclude: ["Migrations"]
    ),
    platform(
      "ArtelUploads",
      [
        "ArtelPictures", "ArtelPostgres", "ArtelStorage", "ArtelWeb", "ArtelConcurrency",
        "ArtelIdentifiers", "ArtelTelemetry", "CCurl", crypto, httpTypes, hummingbird,
      ],
      exclude: ["Migrations"]
    ),
    platform(
      "ArtelRealtime",
      [
        "ArtelIdentifiers", "ArtelConcurrency", "ArtelTelemetry", "ArtelPostgres", "ArtelWeb",
        hummingbird, logging, nioCore, httpTypes, lifecycle,
      ],
      exclude: ["Migrations"]
    ),
    platform(
      "ArtelJobs",
      ["ArtelIdentifiers", "ArtelPostgres", "ArtelTelemetry", logging],
      exclude: ["Migrations"]
    ),
    platform(
      "ArtelOperations",
      [
        "ArtelPostgres", "ArtelCluster", "ArtelStorage", "ArtelPictures", "ArtelConcurrency",
        "ArtelTelemetry", "ArtelEvents", "ArtelJobs", "ArtelCache", crypto, logging,
      ]
    ),
    platform(
      "ArtelTesting",
      [
        "ArtelPostgres", "ArtelMigrations", "ArtelEvents", "ArtelCluster", "ArtelConcurrency",
        "ArtelIdentifiers", "ArtelJobs", "CLinux", logging,
      ]
    ),

    contract(
      "AccountsContract",
      [
        "ArtelIdentifiers", "ArtelEvents", "ArtelSearch", "ArtelCache", "ArtelArchive",
        "ArtelPostgres", logging,
      ]
    ),
    contract("GalleryContract", ["ArtelIdentifiers", "ArtelEvents", "ArtelSearch"]),

    app(
      "Accounts",
      [
        "AccountsContract", "ArtelIdentifiers", "ArtelConcurrency", "ArtelPostgres", "ArtelModel",
        "ArtelEvents", "ArtelAuth", "ArtelWeb", "ArtelJobs", "ArtelSearch", "ArtelRealtime",
        "ArtelMail", "ArtelStorage", "ArtelPictures", "ArtelUploads", "ArtelArchive",
        "ArtelImports", hummingbird, logging, httpTypes, crypto,
      ]
    ),
    app(
      "Gallery",
      [
        "GalleryContract", "AccountsContract", "ArtelIdentifiers", "ArtelConcurrency",
        "ArtelPostgres", "ArtelModel", "ArtelEvents", "ArtelAuth", "ArtelWeb", "ArtelStorage",
        "ArtelPictures", "ArtelUploads", "ArtelArchive", "ArtelJobs", "ArtelSearch",
        "ArtelRealtime", "ArtelImports", hummingbird, logging, httpTypes, nioCore,
      ]
    ),

    app(
      "Search",
      [
        "AccountsContract", "GalleryContract", "ArtelIdentifiers", "ArtelConcurrency",
        "ArtelPostgres", "ArtelEvents", "ArtelModel", "ArtelSearch", "ArtelWeb", hummingbird,
        logging,
      ]
    ),

    app(
      "Admin",
      [
        "AccountsContract", "ArtelIdentifiers", "ArtelConcurrency", "ArtelEvents", "ArtelJobs",
        "ArtelOperations", "ArtelWeb", hummingbird, httpTypes, nioCore,
      ],
      ownsData: false
    ),

    executable(
      "artel",
      [
        "Accounts", "Admin", "Gallery", "AccountsContract", "ArtelConcurrency", "ArtelPostgres",
        "ArtelEvents", "ArtelIdentifiers", "ArtelMigrations", "ArtelCluster", "ArtelStorage",
        "ArtelCache", "ArtelPictures", "ArtelAuth", "ArtelWeb", "ArtelOperations", "ArtelJobs",
        "ArtelTelemetry", "Search", "ArtelSearch", "ArtelRealtime", "ArtelMail", "ArtelUploads",
        "ArtelImports", lifecycle, unixSignals, arguments, logging, nioCore, nioPosix,
      ],
      // In place of the C library's allocator (docs/decisions/0040-memory-from-mimalloc.md).
      linking: ["mimalloc"]
    ),
    executable("artel-pictures", ["CPictures"]),
    executable(
      "artel-generate",
      ["ArtelPostgres", "ArtelMigrations", "ArtelCluster", "ArtelConcurrency", arguments, logging]
    ),

    tests("ArtelIdentifiersTests", in: "PlatformTests", ["ArtelIdentifiers"]),
    tests("ArtelConcurrencyTests", in: "PlatformTests", ["ArtelConcurrency"]),
    tests(
      "ArtelTelemetryTests",
      in: "PlatformTests",
      ["ArtelTelemetry", "ArtelConcurrency", "ArtelIdentifiers", "ArtelTesting", logging]
    ),
    tests(
      "ArtelPostgresTests",
      in: "PlatformTests",
      ["ArtelPostgres", "ArtelConcurrency", "ArtelIdentifiers", "ArtelTesting", logging]
    ),
    tests(
      "ArtelMigrationsTests",
      in: "PlatformTests",
      ["ArtelMigrations", "ArtelPostgres", "ArtelTesting", logging]
    ),
    tests(
      "ArtelModelTests",
      in: "PlatformTests",
      ["ArtelModel", "ArtelPostgres", "ArtelIdentifiers", "ArtelTesting"],
      exclude: ["Zoo/Migrations", "Zoo/schema.sql"]
    ),
    tests(
      "ArtelEventsTests",
      in: "PlatformTests",
      [
        "ArtelEvents", "ArtelMigrations", "ArtelPostgres", "ArtelConcurrency", "ArtelTelemetry",
        "ArtelTesting", "artel", logging,
      ]
    ),
    tests(
      "GuideTests",
      in: "PlatformTests",
      ["ArtelModel", "ArtelPostgres", "ArtelIdentifiers", "ArtelTesting"],
      exclude: ["Community/Migrations", "Community/schema.sql"]
    ),
    tests("ArtelGenerateTests", in: "PlatformTests", ["artel-generate"]),
    tests(
      "ArtelClusterTests",
      in: "PlatformTests",
      ["ArtelCluster", "ArtelPostgres", "ArtelConcurrency", logging]
    ),
    tests(
      "ArtelOperationsTests",
      in: "PlatformTests",
      [
        "ArtelOperations", "ArtelCluster", "ArtelStorage", "ArtelPostgres", "ArtelConcurrency",
        "ArtelTelemetry", "ArtelEvents", "ArtelJobs", "ArtelCache", "ArtelTesting", logging,
      ]
    ),
    tests(
      "ArtelTestingTests",
      in: "PlatformTests",
      ["ArtelTesting", "ArtelCluster", "ArtelPostgres"]
    ),
    tests(
      "ArtelJobsTests",
      in: "PlatformTests",
      [
        "ArtelJobs", "ArtelTesting", "ArtelMigrations", "ArtelPostgres", "ArtelTelemetry", "artel",
        logging,
      ]
    ),
    tests(
      "ArtelCacheTests",
      in: "PlatformTests",
      ["ArtelCache", "ArtelConcurrency", "ArtelTesting"]
    ),
    tests(
      "ArtelStorageTests",
      in: "PlatformTests",
      ["ArtelStorage", "ArtelConcurrency", "ArtelTesting"]
    ),
    tests(
      "ArtelPicturesTests",
      in: "PlatformTests",
      ["ArtelPictures", "artel-pictures", "ArtelConcurrency", "ArtelTesting", logging]
    ),
    tests(
      "ArtelAuthTests",
      in: "PlatformTests",
      ["ArtelAuth", "ArtelConcurrency", "ArtelIdentifiers", crypto]
    ),
    tests(
      "ArtelArchiveTests",
      in: "PlatformTests",
      ["ArtelArchive", "ArtelConcurrency", "ArtelTesting"]
    ),
    tests(
      "ArtelImportsTests",
      in: "PlatformTests",
      ["ArtelImports", "ArtelIdentifiers", "ArtelPostgres", "ArtelTesting"]
    ),
    tests("ArtelMailTests", in: "PlatformTests", ["ArtelMail", "ArtelConcurrency"]),
    tests(
      "ArtelWebTests",
      in: "PlatformTests",
      [
        "ArtelWeb", "ArtelModel", "ArtelIdentifiers", "ArtelConcurrency", "ArtelTelemetry",
        "ArtelTesting", hummingbird, hummingbirdTesting, httpTypes, nioCore, nioEmbedded,
        nioWebSocket, logging,
      ]
    ),
    tests(
      "ArtelRealtimeTests",
      in: "PlatformTests",
      [
        "ArtelRealtime", "ArtelWeb", "ArtelPostgres", "ArtelMigrations", "ArtelConcurrency",
        "ArtelIdentifiers", "ArtelTelemetry", "ArtelTesting", hummingbird, lifecycle, logging,
        nioCore, nioPosix,
      ]
    ),
    tests(
      "AccountsTests",
      in: "AppTests",
      [
        "Accounts", "AccountsContract", "ArtelTesting", "ArtelModel", "ArtelWeb", "ArtelAuth",
        "ArtelEvents", "ArtelIdentifiers", "ArtelJobs", "ArtelRealtime", "ArtelPostgres",
        "ArtelSearch", "ArtelCache", "ArtelMail", "ArtelStorage", "ArtelPictures", "ArtelUploads",
        "artel-pictures", "ArtelConcurrency", "ArtelImports", hummingbird, hummingbirdTesting,
        httpTypes, nioCore, logging, crypto,
      ]
    ),
    tests(
      "AdminTests",
      in: "AppTests",
      [
        "Admin", "Accounts", "AccountsContract", "ArtelTesting", "ArtelModel", "ArtelWeb",
        "ArtelAuth", "ArtelEvents", "ArtelJobs", "ArtelOperations", "ArtelRealtime",
        "ArtelPostgres", "ArtelConcurrency", hummingbird, hummingbirdTesting, httpTypes, nioCore,
        "ArtelMail", logging,
      ]
    ),
    tests(
      "GalleryTests",
      in: "AppTests",
      [
        "Gallery", "GalleryContract", "AccountsContract", "ArtelTesting", "ArtelModel", "ArtelAuth",
        "ArtelWeb", "ArtelEvents", "ArtelJobs", "ArtelIdentifiers", "ArtelPostgres",
        "ArtelStorage", "ArtelPictures", "ArtelConcurrency", "ArtelSearch",
        "ArtelUploads", "ArtelArchive", "artel-pictures", "ArtelRealtime", "ArtelImports",
        hummingbird, hummingbirdTesting, httpTypes, nioCore, crypto, logging,
      ]
    ),
    tests(
      "SearchTests",
      in: "AppTests",
      [
        "Search", "AccountsContract", "GalleryContract", "ArtelSearch", "ArtelEvents",
        "ArtelTesting", "ArtelModel", "ArtelWeb",
        "ArtelIdentifiers", "ArtelPostgres", "ArtelConcurrency", hummingbird, hummingbirdTesting,
        httpTypes, nioCore, logging,
      ]
    ),
  ],
  swiftLanguageModes: [.v6]
)
