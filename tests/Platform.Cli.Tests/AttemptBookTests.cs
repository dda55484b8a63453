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
    public void Attempts_that_are_open_whatever_the_export_says_are_counted_before_it_is_made()
    {
        var book = new AttemptBook(From, To, Watermark);
        book.AddOpenHold("held", "t", "m", "sent", "", Noon);
        book.AddMeter("r1", "young", "t", "m", "external", "", new Money(10), To.AddSeconds(-1), Watermark.AddSeconds(-1));
        book.AddMeter("r2", "done", "t", "m", "external", "", new Money(5), Noon, Noon);
        book.AddPosting("r2", "done", "t", "m", "external", new Money(5), Noon, Noon);
        book.AddMeter("r3", "lost", "t", "m", "external", "", new Money(7), Noon, Noon);

        Assert.Equal(2, Reconciliation.CountOpenWithoutExport(book, Watermark, hasBill: false));
        Assert.All(book.Close().Attempts, attempt => Assert.Equal(0, attempt.Export.Rows));
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
    public void Correction_dated_beyond_the_window_takes_no_attempt_out_of_it()
    {
        var book = new AttemptBook(From, To, Watermark);
        book.AddBill("billed", "1234", "m", new Money(10), Noon);
        book.AddMeter("r1", "billed", "t", "m", "leased", "1234", new Money(7), Noon, Noon);
        book.AddPosting("r1", "billed", "t", "m", "leased", new Money(7), Noon, Noon);
        book.AddExport("billed", "t", "m", "leased", new Money(7), Noon, Noon);
        book.AddMeter("r2", "billed", "t", "m", "leased", "1234", new Money(-1), To.AddMinutes(5), To.AddMinutes(5), isCorrection: true);

        Assert.Equal((ExitCodes.Failed, 1), (Conclude(book).ExitCode, Conclude(book).Attempts));
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
    public void Legs_that_agree_with_different_numbers_of_rows_say_why()
    {
        var book = new AttemptBook(From, To, Watermark);
        Record("paid", "leased", 7, posted: true);
        book.AddBill("paid", "1234", "m", new Money(7), Noon);
        Record("failed", "leased", 0, posted: false);
        Record("corrected", "leased", 5, posted: true);
        book.AddMeter("r2", "corrected", "t", "m", "leased", "1234", new Money(1), Noon, Noon);
        book.AddPosting("r2", "corrected", "t", "m", "leased", new Money(1), Noon, Noon);
        book.AddExport("corrected", "t", "m", "leased", new Money(1), Noon, Noon);
        book.AddBill("corrected", "1234", "m", new Money(6), Noon);
        Record("elsewhere", "external", 3, posted: true);
        Record("old", "history", 4, posted: false);

        var reconciliation = Conclude(book);

        Assert.Equal(ExitCodes.Ok, reconciliation.ExitCode);
        Assert.Equal(
            [
                "1 cost nothing, and stand on no bill", "1 cost nothing, and have no row in the ledger", "1 have corrections, which meter and export carry as rows of their own",
                "1 were made elsewhere, and stand on no bill of the gateway's", "1 are of before (imported): neither on the bill nor in the ledger",
            ],
            reconciliation.RowNotes);

        void Record(string attempt, string funding, long nanos, bool posted)
        {
            book.AddMeter($"r {attempt}", attempt, "t", "m", funding, "1234", new Money(nanos), Noon, Noon);
            book.AddExport(attempt, "t", "m", funding, new Money(nanos), Noon, Noon);
            if (posted)
            {
                book.AddPosting($"r {attempt}", attempt, "t", "m", funding, new Money(nanos), Noon, Noon);
            }
        }
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
