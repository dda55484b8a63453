using Platform.Cli.Reconcile;
using Platform.Contracts;

namespace Platform.Cli.Tests;

public sealed class AttemptBookTests
{
    private static readonly DateTimeOffset From = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset To = From.AddDays(1);
    private static readonly DateTimeOffset Watermark = To.AddMinutes(5);
    private static readonly DateTimeOffset Noon = From.AddHours(12);

    [Fact]
    public void Attempt_in_all_four_legs_with_its_correction_is_equal()
    {
        var book = new AttemptBook(From, To, Watermark);
        book.AddBill("a", "1234", "m", new Money(7), Noon);
        book.AddMeter("r1", "a", "t", "m", "leased", "1234", new Money(10), Noon, Noon);
        book.AddMeter("r2", "a", "t", "m", "leased", "1234", new Money(-3), Noon, Noon);
        book.AddPosting("r1", "a", "t", "m", "leased", new Money(10), Noon, Noon);
        book.AddPosting("r2", "a", "t", "m", "leased", new Money(-3), Noon, Noon);
        book.AddExport("a", "t", "m", "leased", new Money(10), Noon, Noon);
        book.AddExport("a", "t", "m", "leased", new Money(-3), Noon, Noon);

        Assert.Equal(ExitCodes.Ok, Conclude(book).ExitCode);
    }

    [Fact]
    public void Row_recorded_after_the_watermark_belongs_to_the_next_reconciliation()
    {
        var book = new AttemptBook(From, To, Watermark);
        book.AddPosting("late", "a", "t", "m", "external", new Money(10), Noon, Watermark.AddSeconds(1));
        book.AddExport("a", "t", "m", "external", new Money(10), Noon, Watermark.AddSeconds(1));

        Assert.Equal((ExitCodes.Ok, 0), (Conclude(book).ExitCode, Conclude(book).Attempts));
    }

    [Fact]
    public void Posting_after_the_watermark_of_a_record_before_it_counts()
    {
        var book = new AttemptBook(From, To, Watermark);
        book.AddMeter("r", "a", "t", "m", "external", "", new Money(10), Noon, Noon);
        book.AddPosting("r", "a", "t", "m", "external", new Money(10), Noon, Watermark.AddSeconds(1));
        book.AddExport("a", "t", "m", "external", new Money(10), Noon, Noon);

        Assert.Equal(ExitCodes.Ok, Conclude(book).ExitCode);
    }

    [Fact]
    public void Call_sent_before_the_window_and_billed_inside_it_is_left_out()
    {
        var book = new AttemptBook(From, To, Watermark);
        book.AddBill("edge", "1234", "m", new Money(7), From.AddMilliseconds(3));
        book.AddMeter("r", "edge", "t", "m", "leased", "1234", new Money(7), From.AddMilliseconds(-3), Noon);

        Assert.Equal((ExitCodes.Ok, 0), (Conclude(book).ExitCode, Conclude(book).Attempts));
    }

    [Fact]
    public void Call_sent_after_the_window_by_a_clock_ahead_and_billed_inside_it_is_left_out()
    {
        var book = new AttemptBook(From, To, Watermark);
        book.AddOpenHold("waits", "t", "m", "suspended", "unknown", To.AddSeconds(4));
        book.AddBill("waits", "1234", "m", new Money(7), To.AddSeconds(-1));
        book.AddBill("ended", "1234", "m", new Money(7), To.AddSeconds(-1));
        book.AddMeter("r", "ended", "t", "m", "leased", "1234", new Money(7), To.AddSeconds(4), To);

        Assert.Equal((ExitCodes.Ok, 0), (Conclude(book).ExitCode, Conclude(book).Attempts));
    }

    [Fact]
    public void Attempt_in_suspense_since_before_the_window_is_open()
    {
        var book = new AttemptBook(From, To, Watermark);
        book.AddOpenHold("old", "t", "m", "suspended", "unknown", From.AddDays(-3));

        Assert.Equal(ExitCodes.StillOpen, Conclude(book).ExitCode);
    }

    [Fact]
    public void Bill_without_attempt_ids_is_compared_by_day_key_and_model()
    {
        var book = new AttemptBook(From, To, Watermark);
        for (var call = 0; call < 20; call++)
        {
            book.AddBill(null, "1234", "m", new Money(1_000), Noon);
            book.AddMeter($"r{call}", $"a{call}", "t", "m", "leased", "1234", new Money(1_000), Noon, Noon);
            book.AddPosting($"r{call}", $"a{call}", "t", "m", "leased", new Money(1_000), Noon, Noon);
            book.AddExport($"a{call}", "t", "m", "leased", new Money(1_000), Noon, Noon);
        }

        Assert.Equal(ExitCodes.Ok, Conclude(book).ExitCode);
        book.AddBill(null, "1234", "m", new Money(3_000), Noon);
        Assert.Equal(ExitCodes.Failed, Conclude(book).ExitCode);
    }

    [Fact]
    public void Open_hold_alone_makes_the_outcome_open_and_a_difference_outweighs_it()
    {
        var book = new AttemptBook(From, To, Watermark);
        book.AddOpenHold("a", "t", "m", "suspended", "unknown", Noon);
        Assert.Equal(ExitCodes.StillOpen, Conclude(book).ExitCode);

        book.AddBill("b", "1234", "m", new Money(7), Noon);
        Assert.Equal(ExitCodes.Failed, Conclude(book).ExitCode);
    }

    private static Reconciliation Conclude(AttemptBook book) => Reconciliation.Conclude(book, From, To, Watermark, hasBill: true, unpriced: 0);
}
