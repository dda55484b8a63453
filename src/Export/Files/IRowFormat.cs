using System.Buffers;

namespace Platform.Export.Files;

/// <summary>How one data file is written, record by record. The same records make the same bytes.</summary>
internal interface IRowFormat : IDisposable
{
    /// <summary>Rows that wait in memory to be written together; 0 of a format that writes each at once.</summary>
    int Held => 0;

    /// <summary>Writes the rows that wait.</summary>
    void WriteHeld(IBufferWriter<byte> target)
    {
    }

    /// <param name="isFirst">No row was written before.</param>
    /// <returns>How many rows of the file the record made.</returns>
    long Write(IBufferWriter<byte> target, ExportRow row, bool isFirst);

    /// <summary>What stands after the last row, or for a file without any.</summary>
    void End(IBufferWriter<byte> target, bool isEmpty);
}
