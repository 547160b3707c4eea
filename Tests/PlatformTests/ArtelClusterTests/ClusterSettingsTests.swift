import Testing

@testable import ArtelCluster

@Suite("The cluster's configuration files")
struct ClusterSettingsTests {
  private func settings(_ durability: Durability = .full, memoryMebibytes: Int = 8192)
    -> ClusterSettings
  {
    ClusterSettings(
      socketDirectory: "/data/it's",
      logDirectory: "/data/log",
      durability: durability,
      memoryMebibytes: memoryMebibytes,
      systemUsers: ["artel", "root"],
      roles: ["accounts", "gallery"]
    )
  }

  @Test func `no network address is listened to`() {
    #expect(settings().configuration.contains("listen_addresses = ''\n"))
    #expect(settings().configuration.contains("unix_socket_directories = '/data/it''s'\n"))
    #expect(settings().configuration.contains("max_connections = 200\n"))
  }

  @Test func `everybody signs in by account, never by trust`() {
    #expect(settings().authentication.contains("local all all peer map=artel"))
    #expect(!settings().authentication.contains("trust"))
    #expect(settings().identities.split(separator: "\n").count == 1 + 2 * 3)
    #expect(settings().identities.contains("artel \"root\" \"gallery\"\n"))
  }

  @Test func `commits reach the disk`() {
    #expect(
      settings().configuration.contains(
        "fsync = on\nsynchronous_commit = on\nfull_page_writes = on"
      )
    )
    #expect(settings(.fast).configuration.contains("fsync = off"))
  }

  @Test(arguments: [(256, 64), (8192, 1024), (262_144, 2048)])
  func `memory follows the machine within bounds`(_ memoryMebibytes: Int, _ buffersMebibytes: Int) {
    let configuration = settings(memoryMebibytes: memoryMebibytes).configuration

    #expect(configuration.contains("shared_buffers = \(buffersMebibytes)MB\n"))
  }
}

@Suite("The socket's directory")
struct SocketDirectoryTests {
  @Test func `it lies beside the data while the path is short enough`() {
    #expect(SocketDirectory.candidates(for: "/var/lib/artel").first == "/var/lib/artel/socket")
  }

  @Test func `a long path moves it to a short place that is always the same`() {
    let long = "/" + String(repeating: "x", count: 90)

    let candidates = SocketDirectory.candidates(for: long)

    #expect(candidates.map { $0.prefix(11) } == ["/run/artel-", "/tmp/artel-"])
    #expect(candidates == SocketDirectory.candidates(for: long))
    #expect(candidates != SocketDirectory.candidates(for: long + "y"))
  }

  @Test func `no socket path is longer than the kernel takes`() {
    for count in 60...110 {
      for directory in SocketDirectory.candidates(for: "/" + String(repeating: "x", count: count)) {
        #expect(SocketDirectory.socket(in: directory).utf8.count <= 107)
      }
    }
  }
}

@Suite("The data directory")
struct DataDirectoryTests {
  @Test(arguments: [("/a/../b/./c//", "/b/c"), ("/", "/"), ("/../a", "/a")])
  func `paths are made plain`(_ path: String, _ plain: String) throws {
    #expect(try DataDirectory.absolute(path) == plain)
  }
}
