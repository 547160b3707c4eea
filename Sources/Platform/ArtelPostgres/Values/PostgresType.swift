/// The object identifier of a PostgreSQL type.
public struct PostgresType: RawRepresentable, Hashable, Sendable {
  /// As in `pg_type.oid`.
  public let rawValue: UInt32

  /// Names a type by its identifier.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Lets the server infer the type from the statement; the value is sent as text bytes.
  public static let inferred = PostgresType(rawValue: 0)

  // Stable since PostgreSQL 7; src/include/catalog/pg_type.dat.
  /// The built-in type `bool`.
  public static let bool = PostgresType(rawValue: 16)
  /// The built-in type `bytea`.
  public static let bytea = PostgresType(rawValue: 17)
  /// The built-in type `char`.
  public static let char = PostgresType(rawValue: 18)
  /// The built-in type `name`.
  public static let name = PostgresType(rawValue: 19)
  /// The built-in type `int8`.
  public static let int8 = PostgresType(rawValue: 20)
  /// The built-in type `int2`.
  public static let int2 = PostgresType(rawValue: 21)
  /// The built-in type `int4`.
  public static let int4 = PostgresType(rawValue: 23)
  /// The built-in type `text`.
  public static let text = PostgresType(rawValue: 25)
  /// The built-in type `oid`.
  public static let oid = PostgresType(rawValue: 26)
  /// The built-in type `json`.
  public static let json = PostgresType(rawValue: 114)
  /// The built-in type `float4`.
  public static let float4 = PostgresType(rawValue: 700)
  /// The built-in type `float8`.
  public static let float8 = PostgresType(rawValue: 701)
  /// The built-in type `varchar`.
  public static let varchar = PostgresType(rawValue: 1043)
  /// The built-in type `bpchar`.
  public static let bpchar = PostgresType(rawValue: 1042)
  /// The built-in type `date`.
  public static let date = PostgresType(rawValue: 1082)
  /// The built-in type `timestamp`.
  public static let timestamp = PostgresType(rawValue: 1114)
  /// The built-in type `timestamptz`.
  public static let timestamptz = PostgresType(rawValue: 1184)
  /// The built-in type `numeric`.
  public static let numeric = PostgresType(rawValue: 1700)
  /// The built-in type `uuid`.
  public static let uuid = PostgresType(rawValue: 2950)
  /// The built-in type `jsonb`.
  public static let jsonb = PostgresType(rawValue: 3802)
  /// The built-in type `boolArray`.
  public static let boolArray = PostgresType(rawValue: 1000)
  /// The built-in type `byteaArray`.
  public static let byteaArray = PostgresType(rawValue: 1001)
  /// The built-in type `int2Array`.
  public static let int2Array = PostgresType(rawValue: 1005)
  /// The built-in type `int4Array`.
  public static let int4Array = PostgresType(rawValue: 1007)
  /// The built-in type `textArray`.
  public static let textArray = PostgresType(rawValue: 1009)
  /// The built-in type `int8Array`.
  public static let int8Array = PostgresType(rawValue: 1016)
  /// The built-in type `float4Array`.
  public static let float4Array = PostgresType(rawValue: 1021)
  /// The built-in type `float8Array`.
  public static let float8Array = PostgresType(rawValue: 1022)
  /// The built-in type `dateArray`.
  public static let dateArray = PostgresType(rawValue: 1182)
  /// The built-in type `timestamptzArray`.
  public static let timestamptzArray = PostgresType(rawValue: 1185)
  /// The built-in type `numericArray`.
  public static let numericArray = PostgresType(rawValue: 1231)
  /// The built-in type `uuidArray`.
  public static let uuidArray = PostgresType(rawValue: 2951)
  /// The built-in type `jsonbArray`.
  public static let jsonbArray = PostgresType(rawValue: 3807)

  /// The built-in type `interval`.
  public static let interval = PostgresType(rawValue: 1186)
  /// The built-in type `intervalArray`.
  public static let intervalArray = PostgresType(rawValue: 1187)
  /// The built-in type `int4range`.
  public static let int4range = PostgresType(rawValue: 3904)
  /// The built-in type `int4rangeArray`.
  public static let int4rangeArray = PostgresType(rawValue: 3905)
  /// The built-in type `numrange`.
  public static let numrange = PostgresType(rawValue: 3906)
  /// The built-in type `numrangeArray`.
  public static let numrangeArray = PostgresType(rawValue: 3907)
  /// The built-in type `tstzrange`.
  public static let tstzrange = PostgresType(rawValue: 3910)
  /// The built-in type `tstzrangeArray`.
  public static let tstzrangeArray = PostgresType(rawValue: 3911)
  /// The built-in type `daterange`.
  public static let daterange = PostgresType(rawValue: 3912)
  /// The built-in type `daterangeArray`.
  public static let daterangeArray = PostgresType(rawValue: 3913)
  /// The built-in type `int8range`.
  public static let int8range = PostgresType(rawValue: 3926)
  /// The built-in type `int8rangeArray`.
  public static let int8rangeArray = PostgresType(rawValue: 3927)
  /// The built-in type `int4multirange`.
  public static let int4multirange = PostgresType(rawValue: 4451)
  /// The built-in type `nummultirange`.
  public static let nummultirange = PostgresType(rawValue: 4532)
  /// The built-in type `tstzmultirange`.
  public static let tstzmultirange = PostgresType(rawValue: 4534)
  /// The built-in type `datemultirange`.
  public static let datemultirange = PostgresType(rawValue: 4535)
  /// The built-in type `int8multirange`.
  public static let int8multirange = PostgresType(rawValue: 4536)

  /// The array type whose elements are of this type; nil when unknown here.
  public var array: PostgresType? { PostgresType.arrays[self] }

  /// Whether the binary format is a number, an instant or another fixed layout, never text.
  @usableFromInline
  var isFixedLayout: Bool {
    // Asked for every text of every row: comparisons cost less than a hash. Types that a schema
    // defines, enumerations among them, begin at 16384 (src/include/access/transam.h).
    guard self != .text, self != .varchar, rawValue < 16_384 else { return false }
    return PostgresType.fixedLayouts.contains(self)
  }

  private static let arrays: [PostgresType: PostgresType] = [
    .bool: .boolArray, .bytea: .byteaArray, .int2: .int2Array, .int4: .int4Array, .int8: .int8Array,
    .text: .textArray, .inferred: .textArray, .float4: .float4Array, .float8: .float8Array,
    .date: .dateArray, .timestamptz: .timestamptzArray, .numeric: .numericArray, .uuid: .uuidArray,
    .jsonb: .jsonbArray, .interval: .intervalArray, .int4range: .int4rangeArray,
    .numrange: .numrangeArray, .tstzrange: .tstzrangeArray, .daterange: .daterangeArray,
    .int8range: .int8rangeArray,
  ]

  private static let fixedLayouts: Set<PostgresType> = [
    .bool, .int2, .int4, .int8, .float4, .float8, .date, .timestamp, .timestamptz, .numeric, .uuid,
    .oid,
    .boolArray, .byteaArray, .int2Array, .int4Array, .int8Array, .textArray, .float4Array,
    .float8Array,
    .dateArray, .timestamptzArray, .numericArray, .uuidArray, .jsonbArray, .jsonb, .bytea,
    .interval, .intervalArray, .int4range, .int4rangeArray, .numrange, .numrangeArray, .tstzrange,
    .tstzrangeArray, .daterange, .daterangeArray, .int8range, .int8rangeArray, .int4multirange,
    .nummultirange, .tstzmultirange, .datemultirange, .int8multirange,
  ]
}
