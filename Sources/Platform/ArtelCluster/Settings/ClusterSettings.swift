/// The configuration files of a private cluster, as text.
struct ClusterSettings: Equatable, Sendable {
  /// The role that owns the cluster.
  static let superuser = "postgres"

  let socketDirectory: String
  let logDirectory: String
  let durability: Durability
  /// Memory that the machine or its container has, in mebibytes.
  let memoryMebibytes: Int
  /// Accounts of the operating system that may act as every role.
  let systemUsers: [String]
  /// Roles beside the superuser.
  let roles: [String]

  /// `postgresql.conf`; `ALTER SYSTEM` overrides it.
  var configuration: String {
    """
    # Written by artel at every start. Use ALTER SYSTEM to change a setting; it wins over this file.
    listen_addresses = ''
    port = \(SocketDirectory.port)
    unix_socket_directories = \(quoted(socketDirectory))
    unix_socket_permissions = 0700
    max_connections = 200
    shared_preload_libraries = 'pg_stat_statements'

    shared_buffers = \(sharedBuffersMebibytes)MB
    effective_cache_size = \(max(128, memoryMebibytes / 2))MB
    work_mem = 8MB
    maintenance_work_mem = \(min(512, max(64, memoryMebibytes / 32)))MB
    huge_pages = off
    dynamic_shared_memory_type = posix
    jit = off
    random_page_cost = 1.1

    \(writing)

    logging_collector = on
    log_directory = \(quoted(logDirectory))
    log_filename = 'postgresql-%a.log'
    log_rotation_age = 1d
    log_rotation_size = 0
    log_truncate_on_rotation = on
    log_line_prefix = '%m [%p] %u@%d '
    log_timezone = 'UTC'
    # Details and parameters may quote what people wrote.
    log_error_verbosity = terse
    log_parameter_max_length = 0
    log_parameter_max_length_on_error = 0

    timezone = 'UTC'
    datestyle = 'iso, ymd'
    lc_messages = 'C.UTF-8'
    lc_monetary = 'C.UTF-8'
    lc_numeric = 'C.UTF-8'
    lc_time = 'C.UTF-8'
    default_text_search_config = 'pg_catalog.simple'

    """
  }

  private var writing: String {
    switch durability {
    case .full:
      """
      fsync = on
      synchronous_commit = on
      full_page_writes = on
      wal_compression = on
      max_wal_size = 2GB
      min_wal_size = 160MB
      checkpoint_timeout = 15min
      """
    case .fast:
      """
      fsync = off
      synchronous_commit = off
      full_page_writes = off
      wal_level = minimal
      max_wal_senders = 0
      max_wal_size = 1GB
      checkpoint_timeout = 1h
      # Plans must not change under a test because its tables were analyzed meanwhile.
      autovacuum = off
      """
    }
  }

  private var sharedBuffersMebibytes: Int {
    switch durability {
    case .full: min(2048, max(64, memoryMebibytes / 8))
    case .fast: 128
    }
  }

  /// `pg_hba.conf`: the socket alone, and there by the kernel's word on who calls; never `trust`.
  var authentication: String {
    """
    # Written by artel at every start.
    local all all peer map=artel

    """
  }

  /// `pg_ident.conf`: which accounts may act as which roles.
  var identities: String {
    var text = "# Written by artel at every start.\n"
    for user in systemUsers {
      for role in [ClusterSettings.superuser] + roles {
        text += "artel \"\(user)\" \"\(role)\"\n"
      }
    }
    return text
  }

  private func quoted(_ text: String) -> String {
    "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "''") + "'"
  }
}
