using System.Buffers;

namespace Platform.Export.Files;

/// <summary>How one data file is written, record by record. The same records make the same bytes.</summary>
internal interface IRowFormat : IDisposable
{
    /// <param name="isFirst">No row was written before.</param>
    /// <returns>How many rows of the file the record made.</returns>
    long Write(IBufferWriter<byte> target, ExportRow row, bool isFirst);

    /// <summary>What stands after the last row, or for a file without any.</summary>
    void End(IBufferWriter<byte> target, bool isEmpty);
}
