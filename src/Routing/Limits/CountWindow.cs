namespace Platform.Routing.Limits;

/// <summary>
/// Over what time uses are counted, in slots. A use counts until its whole slot is older than the window, so in no stretch of the window's length, wherever it
/// begins, is more used than the limit.
/// </summary>
/// <param name="SlotLength">How finely uses are dated.</param>
/// <param name="Slots">How many slots a use goes on counting after its own.</param>
internal sealed record CountWindow(TimeSpan SlotLength, int Slots)
{
    /// <summary>Any 60 seconds.</summary>
    public static readonly CountWindow Minute = new(TimeSpan.FromSeconds(1), 60);

    /// <summary>The day of UTC: all of its uses are forgotten at midnight.</summary>
    public static readonly CountWindow Day = new(TimeSpan.FromDays(1), 0);

    public long SlotOf(DateTimeOffset moment) => moment.UtcTicks / SlotLength.Ticks;

    public DateTimeOffset BeginOf(long slot) => new(slot * SlotLength.Ticks, TimeSpan.Zero);

    /// <summary>From when on what was used in the slot does not count.</summary>
    public DateTimeOffset GoneAt(long slot) => new((slot + 1 + Slots) * SlotLength.Ticks, TimeSpan.Zero);

    /// <summary>How long a slice that is given now for so long may be drawn from: a day's ends with it.</summary>
    public TimeSpan LifeFrom(DateTimeOffset now, TimeSpan life)
    {
        var left = GoneAt(SlotOf(now)) - now;
        return Slots == 0 && left < life ? left : life;
    }
}
