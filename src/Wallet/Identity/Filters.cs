namespace Platform.Wallet.Identity;

/// <summary>
/// A WHERE clause of the conditions that are given. One statement a combination, so that each is planned with the index that serves it; a clause that lets
/// every filter be absent would be planned for none.
/// </summary>
internal static class Filters
{
    /// <param name="conditions">Each the beginning of a condition, which its value completes, and ends where it is in brackets; null where it is not asked for.</param>
    public static (string Where, object[] Values) Of(params ReadOnlySpan<(string Condition, object? Value)> conditions)
    {
        var (clauses, values) = (new List<string>(), new List<object>());
        foreach (var (condition, value) in conditions)
        {
            if (value is not null)
            {
                values.Add(value);
                clauses.Add($"{condition}${values.Count}{(condition.EndsWith('(') ? ")" : "")}");
            }
        }

        return (clauses.Count == 0 ? "" : "WHERE " + string.Join(" AND ", clauses), [.. values]);
    }

    /// <summary>A text to filter by; null for an empty one, which stands for all.</summary>
    public static string? Given(string text) => text.Length == 0 ? null : text;
}
