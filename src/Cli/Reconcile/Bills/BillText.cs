using System.Globalization;
using Platform.Cli.ProviderFiles;
using Platform.Contracts;

namespace Platform.Cli.Reconcile.Bills;

/// <summary>How figures of a bill are written: exact, as text, so that nothing is lost in a reader's floating point.</summary>
internal static class BillText
{
    /// <summary>Nine places, and more where a bill states fractions of a nano-unit.</summary>
    public static string Units(decimal nanos) => (nanos / Money.NanosPerUnit).ToString("0.000000000##########", CultureInfo.InvariantCulture);

    /// <summary>A price to six places: it is a quotient.</summary>
    public static string Price(decimal nanos) => (nanos / Money.NanosPerUnit).ToString("0.00####", CultureInfo.InvariantCulture);

    public static string Name(TokenKind kind) => kind switch
    {
        TokenKind.Input => "input",
        TokenKind.CachedInput => "cached_input",
        TokenKind.CacheWrite => "cache_write",
        TokenKind.CacheWriteHour => "cache_write_1h",
        TokenKind.Output => "output",
    };

    public static string Name(DriftCause cause) => cause switch
    {
        DriftCause.Currency => "currency",
        DriftCause.Rounding => "rounding",
        DriftCause.Credit => "credit",
        DriftCause.MissingCosts => "missing_costs",
        DriftCause.Unpriced => "unpriced",
        DriftCause.DayEdge => "day_edge",
        DriftCause.OpenAttempts => "open_attempts",
        DriftCause.MissingAttempts => "missing_attempts",
        DriftCause.UnbilledAttempts => "unbilled_attempts",
        DriftCause.TokenKinds => "token_kinds",
        DriftCause.Discount => "discount",
        DriftCause.Price => "price",
        DriftCause.Unexplained => "unexplained",
    };

    public static string Name(BillBy by) => by.ToString().ToLowerInvariant();

    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
