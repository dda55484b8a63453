namespace Platform.Metering;

/// <summary>The numbers of this service's advisory locks, each once: two works under one number would keep each other out. They begin with the letters KTMETR.</summary>
internal static class AdvisoryLocks
{
    /// <summary>Shared by every intake; whoever closes a moment, a month or a price book takes it alone. See <see cref="Intake.Watermark"/>.</summary>
    public const string Intake = "82825445725266";

    /// <summary>Writes corrections by prices; what takes an import back keeps them out.</summary>
    public const string Repricing = "82825445725267";

    /// <summary>Takes imports back.</summary>
    public const string ImportUndo = "82825445725269";

    /// <summary>Adds up old sums by caller.</summary>
    public const string Folding = "82825445725270";

    /// <summary>Drops old months of usage records.</summary>
    public const string Retention = "82825445725271";

    /// <summary>Follows spend for budgets and judges them.</summary>
    public const string Budgets = "82825445725281";

    /// <summary>Tells Wallet of budgets' caps.</summary>
    public const string BudgetCaps = "82825445725282";
}
