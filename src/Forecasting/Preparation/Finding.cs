using System.Globalization;

namespace Platform.Forecasting.Preparation;

public enum FindingKind
{
    /// <summary>Fewer observations than a backtest or a season needs.</summary>
    ShortHistory,

    /// <summary>Values were missing and were filled.</summary>
    Gap,

    /// <summary>Values below zero were taken as zero.</summary>
    Negative,

    /// <summary>A single value far from those around it, set to their level before models saw it.</summary>
    Outlier,

    /// <summary>The level changed for good from one observation to the next.</summary>
    LevelShift,

    /// <summary>Most values are zero.</summary>
    Intermittent,

    /// <summary>Nothing but zeros for longer than usual, up to the end.</summary>
    Idle,

    /// <summary>A season that was asked for and that the history is too short to see twice.</summary>
    SeasonUnseen,

    /// <summary>A calendar effect that was asked for: how great it is, or that it cannot be seen.</summary>
    CalendarEffect,

    /// <summary>A season that the history does not show, taken from sibling series.</summary>
    BorrowedShape,
}

/// <summary>Something about a history that whoever reads its forecast should know.</summary>
/// <param name="Position">The first observation it is about, counted from 0.</param>
/// <param name="Count">How many observations it is about.</param>
/// <param name="Words">In words, given those for where its first observation stands; with sizes as multiples or shares, so that it reads alike in any unit.</param>
public sealed record Finding(FindingKind Kind, int Position, int Count, Func<string, string> Words)
{
    /// <summary>One that names no place.</summary>
    public Finding(FindingKind kind, int position, int count, string sentence)
        : this(kind, position, count, _ => sentence)
    {
    }

    /// <summary>For who knows of observations only that they follow each other: with places counted from 1.</summary>
    public string Sentence => Words(string.Create(CultureInfo.InvariantCulture, $"at {Position + 1}"));

    /// <summary>For people, of a history of days: with the day in place of its number, which nobody can look up.</summary>
    /// <param name="first">The history's first day.</param>
    public string SentenceOfDays(DateOnly first) => Words(string.Create(CultureInfo.InvariantCulture, $"on {first.AddDays(Position):yyyy-MM-dd}"));
}
