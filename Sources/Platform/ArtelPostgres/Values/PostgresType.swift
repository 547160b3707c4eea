/// The object identifier of a PostgreSQL type.
public struct PostgresType: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Lets the server infer the type from the statement; the value is sent as text bytes.
  public static let inferred = PostgresType(rawValue: 0)

  // Stable since PostgreSQL 7; src/include/catalog/pg_type.dat.
  public static let bool = PostgresType(rawValue: 16)
  public static let bytea = PostgresType(rawValue: 17)
  public static let char = PostgresType(rawValue: 18)
  public static let name = PostgresType(rawValue: 19)
  public static let int8 = PostgresType(rawValue: 20)
  public static let int2 = PostgresType(rawValue: 21)
  public static let int4 = PostgresType(rawValue: 23)
  public static let text = PostgresType(rawValue: 25)
  public static let oid = PostgresType(rawValue: 26)
  public static let json = PostgresType(rawValue: 114)
  public static let float4 = PostgresType(rawValue: 700)
  public static let float8 = PostgresType(rawValue: 701)
  public static let varchar = PostgresType(rawValue: 1043)
  public static let bpchar = PostgresType(rawValue: 1042)
  public static let date = PostgresType(rawValue: 1082)
  public static let timestamp = PostgresType(rawValue: 1114)
  public static let timestamptz = PostgresType(rawValue: 1184)
  public static let numeric = PostgresType(rawValue: 1700)
  public static let uuid = PostgresType(rawValue: 2950)
  public static let jsonb = PostgresType(rawValue: 3802)
  public static let boolArray = PostgresType(rawValue: 1000)
  public static let byteaArray = PostgresType(rawValue: 1001)
  public static let int2Array = PostgresType(rawValue: 1005)
  public static let int4Array = PostgresType(rawValue: 1007)
  public static let textArray = PostgresType(rawValue: 1009)
  public static let int8Array = PostgresType(rawValue: 1016)
  public static let float4Array = PostgresType(rawValue: 1021)
  public static let float8Array = PostgresType(rawValue: 1022)
  public static let dateArray = PostgresType(rawValue: 1182)
  public static let timestamptzArray = PostgresType(rawValue: 1185)
  public static let numericArray = PostgresType(rawValue: 1231)
  public static let uuidArray = PostgresType(rawValue: 2951)
  public static let jsonbArray = PostgresType(rawValue: 3807)

  /// The array type whose elements are of this type; nil when unknown here.
  public var array: PostgresType? { PostgresType.arrays[self] }

  /// Whether the binary format is a number, an instant or another fixed layout, never text.
  var isFixedLayout: Bool { PostgresType.fixedLayouts.contains(self) }

  private static let arrays: [PostgresType: PostgresType] = [
    .bool: .boolArray, .bytea: .byteaArray, .int2: .int2Array, .int4: .int4Array, .int8: .int8Array,
    .text: .textArray, .inferred: .textArray, .float4: .float4Array, .float8: .float8Array,
    .date: .dateArray, .timestamptz: .timestamptzArray, .numeric: .numericArray, .uuid: .uuidArray,
    .jsonb: .jsonbArray,
  ]

  private static let fixedLayouts: Set<PostgresType> = [
    .bool, .int2, .int4, .int8, .float4, .float8, .date, .timestamp, .timestamptz, .numeric, .uuid, .oid,
    .boolArray, .byteaArray, .int2Array, .int4Array, .int8Array, .textArray, .float4Array, .float8Array,
    .dateArray, .timestamptzArray, .numericArray, .uuidArray, .jsonbArray, .jsonb, .bytea,
  ]
}
