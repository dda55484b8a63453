using System.Buffers;

namespace Platform.Export.Files;

/// <summary>How one data file is written, row by row. The same rows make the same bytes.</summary>
internal interface IRowFormat : IDisposable
{
    void Write(IBufferWriter<byte> target, ExportRow row, bool isFirst);

    /// <summary>What stands after the last row, or for a file without any.</summary>
    void End(IBufferWriter<byte> target, bool isEmpty);
}

/// <summary>The formats that there are, by the names that jobs have them under; a file's name ends with it too.</summary>
internal static class FileFormats
{
    public const string Json = "json";
    public const string Csv = "csv";

    public static readonly IReadOnlyList<string> Names = [Json, Csv];

    /// <summary>For one file.</summary>
    public static IRowFormat Begin(string format) => format switch
    {
        Json => new JsonRows(),
        Csv => new CsvRows(),
        _ => throw new InvalidOperationException($"A run was stored with format '{format}', which there is not."),
    };
}
