namespace Platform.Postgres.Forgetting;

/// <summary>A table whose rows are forgotten by the time in one of their columns, which has an index. Register one to have it forgotten with the others.</summary>
/// <param name="Name">A constant of the code, never input.</param>
/// <param name="Days">How long its rows are kept; 0: for ever.</param>
/// <param name="Column">Likewise.</param>
public sealed record AgingTable(string Name, Func<ForgettingOptions, int> Days, string Column = "recorded_at")
{
    public static readonly AgingTable Inbox = new("inbox", options => options.MessageDays);

    public static readonly AgingTable Idempotency = new("idempotency", options => options.AnswerDays);
}
