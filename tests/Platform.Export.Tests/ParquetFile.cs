using DuckDB.NET.Data;

namespace Platform.Export.Tests;

/// <summary>Reads Parquet by DuckDB, which shares no code with what wrote it.</summary>
internal static class ParquetFile
{
    /// <summary>A file as a table: its own columns, without those that DuckDB reads out of its path.</summary>
    public static string At(string path) => $"read_parquet('{path}', hive_partitioning = false)";

    /// <summary>What DuckDB answers, all of it text.</summary>
    public static List<string?[]> Ask(string question)
    {
        using var database = new DuckDBConnection("DataSource=:memory:");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = question;
        using var reader = command.ExecuteReader();
        var rows = new List<string?[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? null : reader.GetString(column))]);
        }

        return rows;
    }
}
