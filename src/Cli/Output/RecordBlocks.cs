namespace Platform.Cli.Output;

/// <summary>A table that is too wide for its terminal: a block of <c>name: value</c> lines a record, an empty line between them.</summary>
internal static class RecordBlocks
{
    private const string None = "(none)";

    /// <summary>Writes all records. A value that is empty has no line, but an empty first one is that of the record above, as a table reads.</summary>
    public static void Write(TextWriter output, IReadOnlyList<string> names, IReadOnlyList<IReadOnlyList<string>> records)
    {
        var width = names.Max(name => name.Length) + 1;
        var first = "";
        output.WriteLine();
        foreach (var record in records)
        {
            first = record[0].Length > 0 ? record[0] : first;
            foreach (var (name, value) in names.Zip(record.Skip(1).Prepend(first)).Where(field => field.Second.Length > 0))
            {
                output.WriteLine($"{(name.Length > 0 ? name + ":" : "").PadRight(width)} {value}");
            }

            output.WriteLine();
        }

        if (records.Count == 0)
        {
            output.WriteLine(None);
            output.WriteLine();
        }
    }
}
