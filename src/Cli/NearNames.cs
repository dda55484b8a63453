namespace Platform.Cli;

/// <summary>What somebody may have meant by a name that there is not.</summary>
internal static class NearNames
{
    private const int Most = 3;

    /// <summary>At most three, the nearest first: those that a few letters part from the name, or one of which begins with the other; none that is more than twice as far as the nearest.</summary>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> known)
    {
        var near = known.Where(other => other.Length > 0).Distinct(StringComparer.Ordinal).Select(other => (Name: other, Distance: Begins(name, other) ? 1 : Distance(name, other)))
            .Where(other => other.Distance <= MostLetters(name.Length)).OrderBy(other => other.Distance).ThenBy(other => other.Name, StringComparer.Ordinal).ToList();
        return [.. near.TakeWhile(other => other.Distance <= 2 * near[0].Distance).Take(Most).Select(other => other.Name)];
    }

    // Of three letters two are already another word.
    private static int MostLetters(int length) => length <= 3 ? 1 : Math.Max(2, length / 2);

    private static bool Begins(string name, string other) =>
        Math.Min(name.Length, other.Length) > 2 && (name.StartsWith(other, StringComparison.Ordinal) || other.StartsWith(name, StringComparison.Ordinal));

    /// <summary>How many letters are put in, taken out or changed (Levenshtein).</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (left[i - 1] == right[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
