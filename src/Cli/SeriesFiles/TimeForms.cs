namespace Platform.Cli.SeriesFiles;

/// <summary>The ways in which a ds may be written (ISO 8601, and the blank that databases and data frames put for its T).</summary>
internal static class TimeForms
{
    public const string Date = "yyyy-MM-dd";
    public const string Month = "yyyy-MM";
    public const string CompactDate = "yyyyMMdd";
    public const string CompactMonth = "yyyyMM";
    public const string Utc = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'";

    /// <summary>All of which parts are set apart, the usual ones first.</summary>
    public static readonly string[] Separated =
    [
        Date, Month,
        .. from time in (string[])["HH:mm:ss.FFFFFFF", "HH:mm"] from separator in (string[])["'T'", "' '"] from zone in (string[])["'Z'", "", "zzz", "zz"]
           select $"{Date}{separator}{time}{zone}",
    ];

    /// <summary>For messages.</summary>
    public static readonly string Known =
        $"a date (2026-06-01), a time (2026-06-01T13:00:00Z, or with an offset as +02:00) before {Years.Last + 1}, a month (2026-06, with --frequency M) or a whole number of up to 15 digits";

    public static bool HasTime(string form) => form.Contains("HH", StringComparison.Ordinal);

    public static bool HasZone(string form) => form.EndsWith('z') || form.EndsWith("'Z'", StringComparison.Ordinal);
}
